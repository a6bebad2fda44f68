"""The vocabulary of the graph, as one.txt lists it under `components/schemas`."""

from django.db.models import TextChoices


class EntityType(TextChoices):
    # Core
    CREATOR = "creator"
    AI_CLONE = "ai_clone"
    AUDIENCE_MEMBER = "audience_member"
    # Business Agents
    STRATEGY_AGENT = "strategy_agent"
    RESEARCH_AGENT = "research_agent"
    MARKETING_AGENT = "marketing_agent"
    SALES_AGENT = "sales_agent"
    SERVICE_AGENT = "service_agent"
    DESIGN_AGENT = "design_agent"
    ENGINEERING_AGENT = "engineering_agent"
    FINANCE_AGENT = "finance_agent"
    LEGAL_AGENT = "legal_agent"
    INTELLIGENCE_AGENT = "intelligence_agent"
    # Content
    BLOG_POST = "blog_post"
    VIDEO = "video"
    PODCAST = "podcast"
    SOCIAL_POST = "social_post"
    EMAIL = "email"
    COURSE = "course"
    LESSON = "lesson"
    # Products
    DIGITAL_PRODUCT = "digital_product"
    MEMBERSHIP = "membership"
    CONSULTATION = "consultation"
    NFT = "nft"
    # Community
    COMMUNITY = "community"
    CONVERSATION = "conversation"
    MESSAGE = "message"
    # Token
    TOKEN = "token"
    TOKEN_CONTRACT = "token_contract"
    # Knowledge
    KNOWLEDGE_ITEM = "knowledge_item"
    EMBEDDING = "embedding"
    # Platform
    WEBSITE = "website"
    LANDING_PAGE = "landing_page"
    TEMPLATE = "template"
    LIVESTREAM = "livestream"
    RECORDING = "recording"
    MEDIA_ASSET = "media_asset"
    # Business
    PAYMENT = "payment"
    SUBSCRIPTION = "subscription"
    INVOICE = "invoice"
    METRIC = "metric"
    INSIGHT = "insight"
    PREDICTION = "prediction"
    REPORT = "report"
    # Marketing
    NOTIFICATION = "notification"
    EMAIL_CAMPAIGN = "email_campaign"
    ANNOUNCEMENT = "announcement"
    REFERRAL = "referral"
    CAMPAIGN = "campaign"
    LEAD = "lead"


class ConnectionType(TextChoices):
    # Ownership
    OWNS = "owns"
    CREATED_BY = "created_by"
    # AI
    CLONE_OF = "clone_of"
    TRAINED_ON = "trained_on"
    POWERS = "powers"
    # Content
    AUTHORED = "authored"
    GENERATED_BY = "generated_by"
    PUBLISHED_TO = "published_to"
    PART_OF = "part_of"
    REFERENCES = "references"
    # Community
    MEMBER_OF = "member_of"
    FOLLOWING = "following"
    MODERATES = "moderates"
    PARTICIPATED_IN = "participated_in"
    # Business
    MANAGES = "manages"
    REPORTS_TO = "reports_to"
    COLLABORATES_WITH = "collaborates_with"
    ASSIGNED_TO = "assigned_to"
    # Token
    HOLDS_TOKENS = "holds_tokens"
    STAKED_IN = "staked_in"
    EARNED_FROM = "earned_from"
    # Product
    PURCHASED = "purchased"
    ENROLLED_IN = "enrolled_in"
    COMPLETED = "completed"
    TEACHING = "teaching"
    # Consolidated
    TRANSACTED = "transacted"
    REFERRED = "referred"
    NOTIFIED = "notified"
    # Media
    FEATURED_IN = "featured_in"
    HOSTED_ON = "hosted_on"
    # Analytics
    ANALYZED_BY = "analyzed_by"
    OPTIMIZED_BY = "optimized_by"
    INFLUENCES = "influences"


class EventType(TextChoices):
    # Creator
    CREATOR_CREATED = "creator_created"
    CREATOR_UPDATED = "creator_updated"
    CONTENT_UPLOADED = "content_uploaded"
    # AI Clone
    CLONE_CREATED = "clone_created"
    CLONE_INTERACTION = "clone_interaction"
    CLONE_GENERATED_CONTENT = "clone_generated_content"
    VOICE_CLONED = "voice_cloned"
    APPEARANCE_CLONED = "appearance_cloned"
    # Agent
    AGENT_CREATED = "agent_created"
    AGENT_EXECUTED = "agent_executed"
    AGENT_COMPLETED = "agent_completed"
    AGENT_FAILED = "agent_failed"
    # Content
    CONTENT_CHANGED = "content_changed"
    CONTENT_INTERACTED = "content_interacted"
    # Audience
    USER_JOINED = "user_joined"
    USER_ENGAGED = "user_engaged"
    UGC_CREATED = "ugc_created"
    COMMENT_POSTED = "comment_posted"
    # Course
    COURSE_CREATED = "course_created"
    COURSE_ENROLLED = "course_enrolled"
    LESSON_COMPLETED = "lesson_completed"
    COURSE_COMPLETED = "course_completed"
    CERTIFICATE_EARNED = "certificate_earned"
    # Token
    TOKEN_DEPLOYED = "token_deployed"
    TOKENS_PURCHASED = "tokens_purchased"
    TOKENS_EARNED = "tokens_earned"
    TOKENS_BURNED = "tokens_burned"
    TOKENS_STAKED = "tokens_staked"
    TOKENS_UNSTAKED = "tokens_unstaked"
    GOVERNANCE_VOTE = "governance_vote"
    # Business
    REVENUE_GENERATED = "revenue_generated"
    COST_INCURRED = "cost_incurred"
    REFERRAL_MADE = "referral_made"
    # Growth
    VIRAL_SHARE = "viral_share"
    REFERRAL_CONVERTED = "referral_converted"
    ACHIEVEMENT_UNLOCKED = "achievement_unlocked"
    LEVEL_UP = "level_up"
    # Analytics
    METRIC_CALCULATED = "metric_calculated"
    INSIGHT_GENERATED = "insight_generated"
    PREDICTION_MADE = "prediction_made"
    OPTIMIZATION_APPLIED = "optimization_applied"
    REPORT_GENERATED = "report_generated"
    # Consolidated
    PAYMENT_PROCESSED = "payment_processed"
    SUBSCRIPTION_UPDATED = "subscription_updated"
    LIVESTREAM_STATUS_CHANGED = "livestream_status_changed"
    LIVESTREAM_INTERACTION = "livestream_interaction"
    NOTIFICATION_DELIVERED = "notification_delivered"
    REFERRAL_ACTIVITY = "referral_activity"
    LEAD_CAPTURED = "lead_captured"


class Status(TextChoices):
    ACTIVE = "active"
    INACTIVE = "inactive"
    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"
