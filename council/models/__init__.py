from council.models.deliberations import AdvisorReply, Deliberation, Synthesis
from council.models.personas import Persona, PersonaVersion
from council.models.projects import Project, ProjectMember
from council.models.reports import Report

__all__ = [
    "AdvisorReply",
    "Deliberation",
    "Persona",
    "PersonaVersion",
    "Project",
    "ProjectMember",
    "Report",
    "Synthesis",
]
