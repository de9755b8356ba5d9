"""What a stage works with: where things are, and how to run a program."""

import collections
import concurrent.futures
import hashlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECK = ROOT / "build/check"


class Failure(Exception):
    """A stage cannot go on. `text` is what to show."""

    def __init__(self, message, text=""):
        super().__init__(message)
        self.text = text


class Context:
    def __init__(self, jobs, deep, fingerprint):
        self.jobs = jobs
        self.deep = deep
        self.fingerprint = fingerprint  # of the sources when the run began
        self.cases = []  # of the stages so far
        self.stage = ""
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="picoctl-check-"))
        self._built = {}
        self._locks = collections.defaultdict(threading.Lock)
        self._logs = set()

    def close(self):
        shutil.rmtree(self.scratch, ignore_errors=True)

    @property
    def log(self):
        return CHECK / "logs" / f"{self.stage}.log"

    def results(self, name):
        """A fresh path for a report of a program that this stage runs."""
        path = CHECK / "reports" / self.stage / f"{name}.xml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        return path

    def environment(self, **more):
        """The caller's, without what would lead tests astray, with folders of this run's own."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PICOCTL_", "GTEST_"))}
        for folder in ("runtime", "cache", "home"):
            (self.scratch / folder).mkdir(mode=0o700, exist_ok=True)
        kept.update(LC_ALL="C.UTF-8", HOME=str(self.scratch / "home"),
                    XDG_RUNTIME_DIR=str(self.scratch / "runtime"),
                    XDG_CACHE_HOME=str(self.scratch / "cache"),
                    UBSAN_OPTIONS="print_stacktrace=1", PYTHONDONTWRITEBYTECODE="1")
        if self.deep:
            kept["PICOCTL_DEEP"] = "1"
        kept.update({k: str(v) for k, v in more.items()})
        return kept

    def run(self, *command, timeout=600, cwd=ROOT, env=None, stdin=None):
        """Runs a program to its end, or ends it and all that it started. Its output is logged."""
        command = [str(part) for part in command]
        process = subprocess.Popen(command, cwd=cwd, env=env or self.environment(), text=True,
                                   errors="replace", start_new_session=True,
                                   stdin=subprocess.DEVNULL if stdin is None else stdin,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            output, _ = process.communicate(timeout=timeout)
        except BaseException as problem:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            self.note(command, output)
            if isinstance(problem, subprocess.TimeoutExpired):
                raise Failure(f"{command[0]} did not end within {timeout} s", output) from None
            raise
        self.note(command, output)
        return subprocess.CompletedProcess(command, process.returncode, output)

    def must(self, *command, **options):
        """Like run; anything but success ends the stage."""
        done = self.run(*command, **options)
        if done.returncode != 0:
            raise Failure(f"{' '.join(done.args[:4])} … exited with {done.returncode}", done.stdout)
        return done

    def beside(self, *functions):
        """What they return, joined, in their order; as many at once as there are jobs."""
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            running = [pool.submit(function) for function in functions]
        return [item for one in running for item in one.result()]

    def note(self, command, output):
        self.log.parent.mkdir(parents=True, exist_ok=True)
        mode = "a" if self.stage in self._logs else "w"
        self._logs.add(self.stage)
        with self.log.open(mode) as log:
            log.write(f"$ {' '.join(command)}\n{output}\n")

    def once(self, name, make):
        """`make()` the first time; the same result, or the same failure, ever after. Who asks meanwhile waits."""
        with self._locks[name]:
            if name not in self._built:
                try:
                    self._built[name] = make()
                except Failure as problem:
                    self._built[name] = problem
        if isinstance(self._built[name], Failure):
            raise self._built[name]
        return self._built[name]


def digest(*parts):
    value = hashlib.sha256()
    for part in parts:
        value.update(part if isinstance(part, bytes) else str(part).encode())
        value.update(b"\0")
    return value.hexdigest()


def tool(*names):
    """The first of these programs that is installed."""
    for name in names:
        path = shutil.which(name)
        if path:
            return path
    raise Failure(f"{names[0]} is not installed")


def sources(*suffixes, under=ROOT):
    """The repository's files with these suffixes: tracked, or new and not ignored."""
    listed = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-co",
                             "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        names = sorted(set(listed.stdout.split("\0")) - {""})
        files = [ROOT / name for name in names]
    else:  # an archive without its history
        files = sorted(p for p in ROOT.rglob("*")
                       if p.relative_to(ROOT).parts[0] not in ("build", ".git", ".venv"))
    return [path for path in files if path.is_file() and path.is_relative_to(under)
            and (not suffixes or path.suffix in suffixes)]
