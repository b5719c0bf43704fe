"""Whether two answers are held to be the same when they are, and not when they are not."""

import unittest
from decimal import Decimal

import pyarrow as pa

from harness import agree, report


def difference(a: pa.Table, b: pa.Table, ordered: bool = False, compared: tuple[int, ...] = ()) -> str:
    """In what they differ."""
    return agree.difference(a, b, compared, ordered)


class Agreement(unittest.TestCase):
    """Pairs of answers."""

    def test_order_of_rows(self):
        """Only where it is asked for."""
        a, b = pa.table({"k": [1, 2], "s": [0.5, 0.25]}), pa.table({"x": [2, 1], "y": [0.25, 0.5]})
        self.assertEqual(difference(a, b), "")
        self.assertIn("row 0", difference(a, b, ordered=True))

    def test_values(self):
        """One value that is another, too far off, or not there."""
        base = pa.table({"k": [1, 2, 3], "s": [1.0, 2.0, 3.0]})
        for other in ([1.0, 2.0, 3.00001], [1.0, 2.0, None], [1.0, 2.0, float("nan")]):
            self.assertIn("column 1", difference(base, pa.table({"k": [1, 2, 3], "s": other})))
        self.assertEqual(difference(base, pa.table({"k": [1, 2, 3], "s": [1.0, 2.0, 3.0 + 1e-12]})), "")
        self.assertIn("column 0", difference(base, pa.table({"k": [1, 2, 4], "s": [1.0, 2.0, 3.0]})))

    def test_shape(self):
        """Rows and columns that are too many or too few."""
        base = pa.table({"k": [1, 2]})
        self.assertIn("rows", difference(base, pa.table({"k": [1]})))
        self.assertIn("columns", difference(base, pa.table({"k": [1, 2], "s": [1, 2]})))

    def test_types_of_one_value(self):
        """A number is the same in every type, and a date is its midnight."""
        whole = pa.table({"k": pa.array([5], pa.uint8())})
        self.assertEqual(difference(whole, pa.table({"k": pa.array([Decimal(5)], pa.decimal128(38, 0))})), "")
        day = pa.table({"d": pa.array([0], pa.date32())})
        self.assertEqual(difference(day, pa.table({"d": pa.array([0], pa.timestamp("us", "UTC"))})), "")
        self.assertNotEqual(difference(day, pa.table({"d": pa.array([1], pa.timestamp("us"))})), "")

    def test_digits_of_decimals_and_of_f32(self):
        """One in the last place, and what f32 can hold."""
        cut = pa.table({"d": pa.array([Decimal("1.234567")], pa.decimal128(20, 6))})
        near = pa.table({"d": pa.array([Decimal("1.234568")], pa.decimal128(20, 6))})
        far = pa.table({"d": pa.array([Decimal("1.234570")], pa.decimal128(20, 6))})
        self.assertEqual(difference(cut, near), "")
        self.assertNotEqual(difference(cut, far), "")
        single = pa.table({"d": pa.array([1.23456], pa.float32())})
        self.assertEqual(difference(pa.table({"d": [1.23457]}), single), "")

    def test_compared_columns(self):
        """Of rows with equal keys only the keys."""
        a, b = pa.table({"k": [1], "id": [7]}), pa.table({"k": [1], "id": [8]})
        self.assertEqual(difference(a, b, compared=(0,)), "")
        self.assertNotEqual(difference(a, b), "")


class Figures(unittest.TestCase):
    """What the report makes of times."""

    def test_ratio(self):
        """Against the fastest peer whose answer is right."""
        engines = {"colq": {"best": 1.0}, "duckdb": {"best": 4.0}, "polars": {"best": 3.0}, "datafusion": {"best": 0.0}}
        result = {"query": "q", "engines": engines, "differs": {"polars": "row 0"}}
        self.assertEqual(report.fastest(result), ("duckdb", 4.0))
        self.assertEqual(report.ratio(result), 4.0)
        self.assertIn("geometric mean **4.00**", report.summary([result])[0])


if __name__ == "__main__":
    unittest.main()
