from django.db import models


class TagName(models.Model):
    """A word that things are tagged with, and how often: what `tags/suggest` looks through."""

    name = models.CharField(max_length=128, primary_key=True, help_text="lower case")
    # Without dashes, dots and spaces: `hip-hop` and `hiphop` are looked for alike.
    plain = models.CharField(max_length=128)
    uses = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-uses", "name")
        indexes = (
            # By its bytes, whatever the database's language: that is what a beginning is looked up by.
            models.Index(
                fields=("plain", "uses", "name"),
                opclasses=("varchar_pattern_ops", "int4_ops", "varchar_pattern_ops"),
                name="tag_name_begins",
            ),
            models.Index(fields=("-uses", "name"), name="tag_name_most_used"),
        )

    def __str__(self) -> str:
        return self.name


class TagSpelling(models.Model):
    """A tag's first letters, whole and with one letter left out. A word with a slip shares one of them (verbs/tag_names.py)."""

    id = models.BigAutoField(primary_key=True)
    tag = models.ForeignKey(TagName, on_delete=models.CASCADE, related_name="spellings", db_index=False)
    letters = models.CharField(max_length=8)

    class Meta:
        indexes = (models.Index(fields=("tag",), name="tag_spelling_of_tag"),)
        constraints = (models.UniqueConstraint(fields=("letters", "tag"), name="tag_spelling_once"),)

    def __str__(self) -> str:
        return f"{self.letters} for {self.tag_id}"
