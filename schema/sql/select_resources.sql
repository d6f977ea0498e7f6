SELECT attributes, attribute_tags FROM resource;
