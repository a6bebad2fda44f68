"""The enums as one.txt lists them in its schemas, in its order."""

ENTITY_TYPES = """
creator ai_clone audience_member strategy_agent research_agent marketing_agent sales_agent service_agent
design_agent engineering_agent finance_agent legal_agent intelligence_agent blog_post video podcast
social_post email course lesson digital_product membership consultation nft community conversation message
token token_contract knowledge_item embedding website landing_page template livestream recording media_asset
payment subscription invoice metric insight prediction report notification email_campaign announcement
referral campaign lead
""".split()

CONNECTION_TYPES = """
owns created_by clone_of trained_on powers authored generated_by published_to part_of references member_of
following moderates participated_in manages reports_to collaborates_with assigned_to holds_tokens staked_in
earned_from purchased enrolled_in completed teaching transacted referred notified featured_in hosted_on
analyzed_by optimized_by influences
""".split()

EVENT_TYPES = """
creator_created creator_updated content_uploaded clone_created clone_interaction clone_generated_content
voice_cloned appearance_cloned agent_created agent_executed agent_completed agent_failed content_changed
content_interacted user_joined user_engaged ugc_created comment_posted course_created course_enrolled
lesson_completed course_completed certificate_earned token_deployed tokens_purchased tokens_earned
tokens_burned tokens_staked tokens_unstaked governance_vote revenue_generated cost_incurred referral_made
viral_share referral_converted achievement_unlocked level_up metric_calculated insight_generated
prediction_made optimization_applied report_generated payment_processed subscription_updated
livestream_status_changed livestream_interaction notification_delivered referral_activity lead_captured
""".split()
