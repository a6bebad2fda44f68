"""What the council holds of people, and what becomes of it (config/personal_data.py). What was said is in messages."""

from config.personal_data import declare, table
from council.models import (
    AdvisorReply,
    Deliberation,
    Persona,
    PersonaVersion,
    Project,
    ProjectMember,
    Report,
    Synthesis,
)

VOICE = "id name role system_prompt default_model_id avatar_emoji accent_color owner_id created_at updated_at"

declare(
    "council",
    table(
        AdvisorReply,
        of="deliberation__asked_by",
        exported=(
            "id deliberation_id persona_id message_id advisor_name advisor_role model_id prompt_tokens completion_tokens "
            "error_code created_at updated_at"
        ),
        not_personal="is_usage_estimated",
    ),
    table(Synthesis, of="deliberation__asked_by", exported="id deliberation_id message_id body model_id created_at"),
    table(
        Deliberation,
        of="asked_by",
        exported=(
            "id conversation_id question_id asked_by_id status error_code error_stage error_seat stop_requested_at "
            "created_at started_at finished_at"
        ),
        not_personal="attempt last_attempt lease_until queued_at",
    ),
    table(
        Report,
        of="reporter",
        exported="id reporter_id content_type content_id reason status created_at resolved_at",
        # Whom they reported, and what the house did about it, is another's.
        withheld="subject_id title seen place action note resolved_by_id",
    ),
    table(PersonaVersion, of="owner", exported=f"{VOICE} persona_id"),
    table(Persona, of="owner", exported=f"{VOICE} entity_id", not_personal="is_default"),
    table(ProjectMember, of="user project__created_by", exported="id project_id user_id joined_at"),
    table(Project, of="created_by", exported="id name description created_by_id is_shared created_at updated_at"),
)
