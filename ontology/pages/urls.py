from django.urls import path

from ontology.pages.graph import entity, explore

urlpatterns = [
    path("graph/", explore, name="graph"),
    path("graph/<uuid:entity_id>/", entity, name="entity"),
]
