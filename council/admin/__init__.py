from council.admin import deliberations, personas, projects, reports

__all__ = ["deliberations", "personas", "projects", "reports"]
