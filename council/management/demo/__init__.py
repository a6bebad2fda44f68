"""A small believable world for a first look, made by the same verbs as everyone's."""
