SELECT field FROM demoted_field ORDER BY field;
