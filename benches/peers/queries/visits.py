"""What people ask of visits to sites: visitors, the most frequent of long texts, parts of them, many shapes at once."""

from queries.query import Query

V = "visits"
NO_POLARS = {"polars": "its SQL has no words for it"}


def q(name: str, sql: str, **more) -> Query:
    """A question to the table."""
    return Query(name, V, sql, **more)


def top(name: str, keys: str, where: str = "", count: str = "count(*)") -> Query:
    """The most frequent keys. Of those that tie each engine may choose others, so only the counts are compared."""
    columns = len(keys.split(", "))
    sql = f"SELECT {keys}, {count} AS c FROM visits {where} GROUP BY {keys} ORDER BY c DESC LIMIT 10"
    return Query(name, V, sql, ordered=True, compared=(columns,))


QUERIES = (
    q("flags that are not 0", "SELECT count(*) FROM visits WHERE engine <> 0"),
    q("different visitors", "SELECT count(DISTINCT visitor) FROM visits"),
    q("different addresses and titles", "SELECT count(DISTINCT url), count(DISTINCT title) FROM visits"),
    top("visitors by region", "region", count="count(DISTINCT visitor)"),
    top("visitors by phrase", "phrase", "WHERE phrase <> ''", "count(DISTINCT visitor)"),
    top("visitors by model", "model", "WHERE model <> ''", "count(DISTINCT visitor)"),
    top("phrases", "phrase", "WHERE phrase <> ''"),
    top("visitors", "visitor"),
    top("visitors and phrases", "visitor, phrase"),
    top("addresses", "url"),
    top("addresses of some sites", "url", "WHERE site < 37003 AND repeated = 0 AND url <> ''"),
    top("sizes of windows", "width, height", "WHERE repeated = 0"),
    top("titles of two days", "title", "WHERE day BETWEEN DATE '2013-07-10' AND DATE '2013-07-11' AND repeated = 0"),
    q("address LIKE", "SELECT count(*) FROM visits WHERE url LIKE '%special%'"),
    q(
        "smallest address by phrase, LIKE",
        "SELECT phrase, min(url), count(*) FROM visits WHERE url LIKE '%special%' AND phrase <> '' GROUP BY phrase",
    ),
    q("an address", "SELECT count(*) FROM visits WHERE url = 'https://a0.example.org/p0/special/item?id=0'"),
    q("addresses between", "SELECT count(*) FROM visits WHERE url >= 'https://c' AND url < 'https://d'"),
    q("smallest and largest address", "SELECT min(url), max(url) FROM visits"),
    q("smallest address by region", "SELECT region, min(url) FROM visits GROUP BY region"),
    q("other than where one comes from", "SELECT count(*) FROM visits WHERE url <> referer"),
    q("lengths of two texts", "SELECT sum(length(url) + length(title)) FROM visits"),
    q("length of addresses by site", "SELECT site, avg(length(url)) AS l, count(*) AS n FROM visits GROUP BY site"),
    q(
        "lower case of titles",
        "SELECT count(*) FROM (SELECT lower(title) AS t, count(*) AS n FROM visits GROUP BY 1) AS g",
    ),
    q("beginnings of addresses", "SELECT substr(url, 1, 15) AS b, count(*) AS n FROM visits GROUP BY 1"),
    q(
        "hosts",
        "SELECT split_part(referer, '/', 3) AS h, avg(length(referer)) AS l, count(*) AS n FROM visits GROUP BY 1",
        cannot=NO_POLARS,
    ),
    Query(
        "first addresses",
        V,
        "SELECT url FROM visits ORDER BY url LIMIT 10",
        ordered=True,
    ),
    Query(
        "last titles of a region",
        V,
        "SELECT title FROM visits WHERE region = 100 ORDER BY title DESC LIMIT 10",
        ordered=True,
    ),
    Query("any rows LIKE", V, "SELECT * FROM visits WHERE url LIKE '%special%' LIMIT 10", counted=True),
    q(
        "ten sums of one column",
        "SELECT " + ", ".join(f"sum(width + {i})" for i in range(10)) + " FROM visits",
    ),
    q("keys that follow from one", "SELECT region, region + 1, region * 2, count(*) FROM visits GROUP BY 1, 2, 3"),
    q(
        "five figures of a region",
        "SELECT max(score), min(score), avg(score), sum(price), count(*) FROM visits WHERE region = 7",
    ),
    q(
        "prices by region",
        "SELECT region, avg(price), stddev(price), min(price), max(price) FROM visits GROUP BY region",
    ),
    q("scores by flag", "SELECT engine, avg(score), stddev(price) FROM visits GROUP BY engine"),
    q("whole prices", "SELECT floor(price) AS p, count(*) AS n FROM visits GROUP BY 1"),
    q(
        "visits by minute",
        "SELECT date_trunc('minute', ts) AS m, count(*) AS n FROM visits GROUP BY 1",
        cannot=NO_POLARS,
    ),
    q(
        "visits, visitors and prices by day",
        "SELECT day, count(*), count(DISTINCT visitor), median(price) FROM visits GROUP BY day",
        cannot=NO_POLARS,
    ),
)
