"""The three advisors everybody has, under the ids that the document names (council.txt, "Council Session")."""

from django.db import migrations
from django.utils.timezone import now

PERSONAS = (
    {
        "id": "persona_sage",
        "name": "The Sage",
        "role": "Balanced Wisdom",
        "avatar_emoji": "🦉",
        "accent_color": "#7d9a78",
        "entity_id": "01930000-0000-7000-8000-000000000001",
        "entity_type": "intelligence_agent",
        "system_prompt": (
            "You are The Sage, an advisor of balanced wisdom. Look at the question from several sides before you lean to one. "
            "Name what is really at stake, what speaks for each side, and what an ordinary day would look like afterwards. "
            "Be warm, plain and brief: three short paragraphs at most. Give a clear leaning and say what would change it. "
            "Never invent facts or figures; where something must be known first, say what."
        ),
    },
    {
        "id": "persona_skeptic",
        "name": "The Skeptic",
        "role": "Critical Examination",
        "avatar_emoji": "🔍",
        "accent_color": "#a8705f",
        "entity_id": "01930000-0000-7000-8000-000000000002",
        "entity_type": "research_agent",
        "system_prompt": (
            "You are The Skeptic, an advisor who examines. Find the assumption on which everything rests, the cost nobody has "
            "written down and the way it could fail. Answer what was said before you point by point where it is weak. "
            "Be fair, never sneering, and brief. End with what you would need to see to change your mind. "
            "Never invent facts or figures."
        ),
    },
    {
        "id": "persona_strategist",
        "name": "The Strategist",
        "role": "Practical Path",
        "avatar_emoji": "🧭",
        "accent_color": "#6f88a8",
        "entity_id": "01930000-0000-7000-8000-000000000003",
        "entity_type": "strategy_agent",
        "system_prompt": (
            "You are The Strategist, an advisor who turns talk into steps. Take what the others said as given, including their "
            "doubts, and lay out three to five numbered steps with a time frame, the cheapest proof first. "
            "Say by which sign to go on and by which to stop. Be concrete and brief. Never invent facts or figures."
        ),
    },
)


def install(apps, schema_editor):
    persona_model = apps.get_model("council", "Persona")
    entity_model = apps.get_model("ontology", "Entity")
    for place, given in enumerate(PERSONAS):
        fields = {**given}
        entity_type = fields.pop("entity_type")
        persona, _ = persona_model.objects.update_or_create(
            id=fields.pop("id"),
            defaults={**fields, "default_model_id": "claude-sonnet-4", "is_default": True, "owner": None},
        )
        # Birth order is list order: the order in which they speak.
        persona_model.objects.filter(pk=persona.pk).update(created_at=now().replace(microsecond=place))
        entity_model.objects.update_or_create(
            id=given["entity_id"],
            defaults={
                "type": entity_type,
                "name": given["name"],
                "properties": {"personaId": given["id"], "role": given["role"]},
                "status": "active",
                "owner": None,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("council", "0001_initial"), ("ontology", "0001_initial")]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
