# As much of unittest as MicroPython's own tests of I2CTarget use; tests run in the order that dir() gives.
import sys


class TestCase:
    def assertEqual(self, a, b, message=None):
        if a != b:
            raise AssertionError("%r != %r" % (a, b))

    def assertIn(self, a, b, message=None):
        if a not in b:
            raise AssertionError("%r not in %r" % (a, b))


def skipUnless(condition, _reason):
    return (lambda test: test) if condition else (lambda _test: None)


def skipIf(condition, reason):
    return skipUnless(not condition, reason)


def main():
    ran = failed = 0
    for name, case in sorted(vars_of_main().items()):
        if not isinstance(case, type) or not issubclass(case, TestCase) or case is TestCase:
            continue
        if hasattr(case, "setUpClass"):
            case.setUpClass()
        for test in dir(case):
            if not test.startswith("test") or getattr(case, test) is None:
                continue
            ran += 1
            try:
                getattr(case(), test)()
                print("ok", name, test)
            except Exception as problem:
                failed += 1
                print("FAILED", name, test)
                sys.print_exception(problem)
        if hasattr(case, "tearDownClass"):
            case.tearDownClass()
    print("ran", ran, "failed", failed)
