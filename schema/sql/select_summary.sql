SELECT
    (SELECT count(DISTINCT service) FROM resource) AS services,
    (SELECT count(*) FROM (SELECT DISTINCT service, name FROM operation)) AS operations;
