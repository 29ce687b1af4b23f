"""The obvious build of the same stack: ModelViewSet, nested serializers, simple-history's own middleware and writes."""
