"""The checks of identity that cut across every style (OWASP ASVS 5.0).

Each class names the requirements it holds. What belongs to one door alone is tested beside that door.
"""
