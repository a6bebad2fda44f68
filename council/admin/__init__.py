from council.admin import deliberations, personas, projects

__all__ = ["deliberations", "personas", "projects"]
