"""TPC-H questions 1 and 6 on lineitem alone, decimals as decimals, at scale factors 1 and 10.

Scale factor 10 is measured when 100 million rows are asked for, and 12 GB of disk are free for it.
"""

from queries.query import Query


def one(table: str) -> Query:
    """The pricing summary."""
    sql = f"""
        SELECT l_returnflag, l_linestatus, sum(l_quantity) AS sum_qty, sum(l_extendedprice) AS sum_base_price,
            sum(l_extendedprice * (1 - l_discount)) AS sum_disc_price,
            sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)) AS sum_charge,
            avg(l_quantity) AS avg_qty, avg(l_extendedprice) AS avg_price, avg(l_discount) AS avg_disc,
            count(*) AS count_order
        FROM {table} WHERE l_shipdate <= DATE '1998-09-02'
        GROUP BY l_returnflag, l_linestatus ORDER BY l_returnflag, l_linestatus"""
    return Query(f"Q1, scale factor {table[8:]}", table, " ".join(sql.split()), ordered=True)


def six(table: str) -> Query:
    """The forecast of a change of revenue."""
    sql = f"""
        SELECT sum(l_extendedprice * l_discount) AS revenue FROM {table}
        WHERE l_shipdate >= DATE '1994-01-01' AND l_shipdate < DATE '1995-01-01'
            AND l_discount BETWEEN 0.05 AND 0.07 AND l_quantity < 24"""
    return Query(f"Q6, scale factor {table[8:]}", table, " ".join(sql.split()))


QUERIES = (one("lineitem1"), six("lineitem1"), one("lineitem10"), six("lineitem10"))
