SELECT
    resource.attributes, resource.attribute_tags, resource.dropped_attributes_count, resource.schema_url,
    scope.name, scope.version, scope.attributes, scope.attribute_tags, scope.dropped_attributes_count, scope.schema_url
FROM source
JOIN resource ON resource.resource_id = source.resource_id
JOIN scope ON scope.scope_id = source.scope_id
WHERE source.source_id = ?;
