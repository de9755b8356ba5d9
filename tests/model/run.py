#!/usr/bin/python3
"""Searches the model of the session rules: clean, and with each rule broken.

The clean model is searched exhaustively in several small worlds and must hold in all of them.
Each mutation breaks one rule and must fail an assertion, or go on for ever; its shortest found
counterexample is printed. `run.py --help` names the options; README.md explains the worlds and the rules.
"""

import argparse
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../tools/check"))
import junit  # noqa: E402
MODEL = os.path.join(HERE, "session.pml")
BATCH_MODEL = os.path.join(HERE, "batch.pml")

# The worlds in which the clean model is searched: together they must meet every event in cover.h.
WORLDS = {
    "old-frames": dict(COMMANDS_A=2, COMMANDS_B=1, NONCES_B=1, NBUFFERS=1),
    "two-buffers": dict(COMMANDS_A=2, COMMANDS_B=1, DUPLICATES=0, ABANDON=1),
    "both-busy": dict(COMMANDS_A=2, COMMANDS_B=2, DUPLICATES=0, NBUFFERS=1),
    "two-slots": dict(COMMANDS_A=2, COMMANDS_B=1, NONCES_B=1, DUPLICATES=0, NBUFFERS=1, NSLOTS=2),
    "wrap-around": dict(COMMANDS_A=4, COMMANDS_B=0, NONCES_B=0, SEQ_MOD=3),
    "wrap-two": dict(COMMANDS_A=4, COMMANDS_B=1, SEQ_MOD=3, RESETS=0, DUPLICATES=0, NBUFFERS=1),
    "three-strikes": dict(COMMANDS_A=2, COMMANDS_B=0, NONCES_B=0, STRIKES=3),
    "mailbox": dict(COMMANDS_A=2, COMMANDS_B=1, DUPLICATES=0, MAILBOX=1),
    "mailbox-two-slots": dict(COMMANDS_A=1, COMMANDS_B=1, DUPLICATES=0, NSLOTS=2, MAILBOX=1),
}

PAIR = dict(COMMANDS_A=1, COMMANDS_B=1)
PAIR_CALM = dict(COMMANDS_A=1, COMMANDS_B=1, DUPLICATES=0)
ALONE = dict(COMMANDS_A=2, COMMANDS_B=0, NONCES_B=0)
# Few faults, no deadline: every call must come to its end (liveness.h).
LIVE = dict(COMMANDS_A=1, COMMANDS_B=1, NONCES_A=5, NONCES_B=5, DUPLICATES=0, LIVE=1, FAULTS=3)
WORLDS["liveness"] = LIVE
BATCH = dict(BATCH=1)  # what happens inside a batch: batch.pml
WORLDS["batch"] = BATCH
LONG = dict(COMMANDS_A=2, COMMANDS_B=1, NONCES_A=1, NONCES_B=1, RESETS=0, NBUFFERS=1)

# Other rules that are as safe as those of the protocol; README.md, "Variants".
VARIANTS = {
    "REFUSALS pair": dict(PAIR_CALM, VARIANT_REFUSALS=1),
    "REFUSALS alone": dict(ALONE, VARIANT_REFUSALS=1),
    "NOT_YET_IS_NOT_RUN pair": dict(PAIR_CALM, VARIANT_NOT_YET_IS_NOT_RUN=1),
    "NOT_YET_IS_NOT_RUN alone": dict(ALONE, VARIANT_NOT_YET_IS_NOT_RUN=1),
    "POLL_TAKES_NONCE alone": dict(ALONE, VARIANT_POLL_TAKES_NONCE=1),
}

# Which rule is broken, and a world that is large enough to show it.
MUTATIONS = {
    "MUTATE_T1_ANY_KEY": PAIR_CALM,
    "MUTATE_T1_DAMAGED_RUNS": ALONE,
    "MUTATE_T1_SLOT_CHANGES": ALONE,
    "MUTATE_T2_RUN_AGAIN": ALONE,
    "MUTATE_T2_ANY_SEQ": ALONE,
    "MUTATE_T2_WHILE_BUSY": dict(ALONE, MUTATE_C6_SAME_SESSION=1),
    "MUTATE_T3_REGISTER_KEEPS": dict(PAIR_CALM, NSLOTS=2),
    "MUTATE_T4_LAST_HEAD": PAIR_CALM,
    "MUTATE_T4_LATE_VERDICT": PAIR_CALM,
    "MUTATE_T5_KNOWN_RESETS": ALONE,
    "MUTATE_T5_EVICT_ANY_TIME": PAIR,
    "MUTATE_T5_EVICT_BUSY": PAIR_CALM,
    "MUTATE_T5_SAME_KEY": PAIR,
    "MUTATE_T6_RESUME_OPENS": LONG,
    "MUTATE_T7_NO_ECHO": PAIR_CALM,
    "MUTATE_T7_BYE_BUSY": PAIR_CALM,
    "MUTATE_C1_SAME_NONCE": ALONE,
    "MUTATE_C1_SHARED_SESSION": PAIR_CALM,
    "MUTATE_C2_NEW_SEQ": ALONE,
    "MUTATE_C2_ERROR_NOT_RUN": ALONE,
    "MUTATE_C3_ANY_SEQ": ALONE,
    "MUTATE_C3_PENDING_COUNTS": ALONE,
    "MUTATE_C3_POLL_PUBLIC": PAIR_CALM,
    "MUTATE_MAILBOX_ANY_REFUSAL": dict(PAIR_CALM, MAILBOX=1),
    "MUTATE_C4_LATER_NOT_RUN": ALONE,
    "MUTATE_C5_UNKNOWN_NOT_RUN": PAIR_CALM,
    "MUTATE_C5_OTHER_BOOT": ALONE,
    "MUTATE_C6_NOT_RUN": ALONE,
    "MUTATE_C6_LONG_DEADLINE": PAIR,
    "MUTATE_C7_OLD_BUFFER": dict(ALONE, NONCES_A=3),
    "MUTATE_BATCH_UNCHECKED": BATCH,
    "MUTATE_BATCH_GOES_ON": BATCH,
    "MUTATE_BATCH_ANY_ROOM": BATCH,
    "MUTATE_BATCH_COUNTS_ALL": BATCH,
    "MUTATE_BATCH_FORGETS": BATCH,
    "MUTATE_BATCH_ENDS_EARLY": BATCH,
    "MUTATE_LIVE_NEVER_SENDS_AGAIN": LIVE,
    "MUTATE_LIVE_NEVER_RESUMES": LIVE,
    "MUTATE_LIVE_SILENT_KEEPS_SLOT": LIVE,
    "MUTATE_ROW1_FIXED_SEED": PAIR_CALM,
    "MUTATE_ROW2_SAME_SEQ_AGAIN": ALONE,
    "MUTATE_ROW3_SEQ_AGAIN": ALONE,
    "MUTATE_ROW4_POLL_PUBLIC": PAIR_CALM,
    "MUTATE_ROW5_FIRST_SEQ": ALONE,
    "MUTATE_REFUSALS_FORGET": dict(ALONE, VARIANT_REFUSALS=1),
    # Not rules but what they take for granted; README.md, "Assumptions".
    "WITHOUT_NEW_BOOT_ID": ALONE,
    "WITHOUT_SINGLE_TRY": ALONE,
    "WITHOUT_NO_COPIES": dict(ALONE, MAILBOX=1),
    "WITHOUT_WINDOW": dict(COMMANDS_A=4, COMMANDS_B=0, NONCES_B=0, SEQ_MOD=3, RESETS=0),
}

CLEAN_DEPTH = 20000
MEMORY_MB = 4000
CPU_SECONDS = 120  # of one search
PATIENCE_SECONDS = 900  # by the clock, on a busy machine


class Result:
    """One search: a name, whether it went as it must, a line, a story, processor seconds."""

    def __init__(self, name, good, line, story="", seconds=0.0, states=0, met=()):
        self.name, self.good, self.line, self.story = name, good, line, story
        self.seconds, self.states, self.met = seconds, states, set(met)


def run_tool(command, folder, seconds):
    """Output of a tool, or None if it took too long (the tool alone is then ended)."""
    try:
        done = subprocess.run(command, cwd=folder, timeout=seconds, text=True, errors="replace",
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    except subprocess.TimeoutExpired:
        return None
    return done.stdout


def model_of(world):
    return BATCH_MODEL if "BATCH" in world else MODEL


def build(folder, defines, options):
    """Makes the checker `pan` in `folder`; an error text, or "" if it went well."""
    os.makedirs(folder, exist_ok=True)
    flags = [f"-D{name}={value}" for name, value in defines.items()]
    said = run_tool(["spin", "-a", *flags, model_of(defines)], folder, 60)
    if said is None or "Error" in said or not os.path.exists(os.path.join(folder, "pan.c")):
        return f"spin: {said}"
    kind = "-DNFAIR=4" if "LIVE" in defines else "-DSAFETY"  # processes, and the claim
    compiled = run_tool(["gcc", "-w", kind, "-DVECTORSZ=2048", f"-DMEMLIM={MEMORY_MB}",
                         *options, "-o", "pan", "pan.c"], folder, 120)
    return "" if compiled == "" else f"gcc: {compiled}"


def number(pattern, text):
    found = re.search(pattern, text)
    return int(found.group(1)) if found else 0


def cpu_seconds(said):
    found = re.search(r"^cpu ([0-9.]+)$", said or "", re.MULTILINE)
    return float(found.group(1)) if found else 0.0


def search(folder, hash_size, world):
    fair = ["-a", "-f"] if "LIVE" in world else []  # cycles without an end, each process going on
    return run_tool(["prlimit", f"--cpu={CPU_SECONDS}", "./pan", f"-m{CLEAN_DEPTH}", hash_size, *fair],
                    folder, PATIENCE_SECONDS)


def why_incomplete(said):
    """Why a search proves nothing, or "" if it was exhaustive."""
    if said is None:
        return f"not finished in {PATIENCE_SECONDS} s"
    for sign in ("max search depth too small", "Search not completed", "out of memory",
                 "reached -DMEMLIM", "Bit statespace search", "hash-compact"):
        if sign.lower() in said.lower():
            return sign
    if "Full statespace search" not in said or "errors:" not in said:
        return "ended early: " + " ".join(said[-300:].split())
    return ""


def search_clean(name, world, base):
    folder = os.path.join(base, name.replace(" ", "-"))
    error = build(folder, world, ["-O2"])
    if error:
        return Result(name, False, f"{name}: {error}")
    said = search(folder, "-w23", world)
    seconds = cpu_seconds(said)
    incomplete = why_incomplete(said)
    if incomplete and "errors: 0" in (said or "errors: 0"):
        return Result(name, False, f"{name}: INCOMPLETE, {incomplete}", seconds=seconds)
    states = number(r"(\d+) states, stored", said)
    met = re.findall(r"^cover (\w+) 1$", said, re.MULTILINE)
    errors = number(r"errors: (\d+)", said)
    story = tell_story(folder) if errors else ""
    line = f"{name}: {errors} errors, {states} states, {seconds:.1f} s"
    return Result(name, errors == 0, line, story, seconds, states, met)


def search_mutant(name, base):
    folder = os.path.join(base, name)
    world = MUTATIONS[name]
    if "LIVE" in world or "BATCH" in world:
        error = build(folder, dict(world, **{name: 1}), ["-O0"])
    else:
        error = build(folder, dict(world, SHORTEST=1, **{name: 1}), ["-O0", "-DBFS"])
    if error:
        return Result(name, False, f"{name}: {error}")
    said = search(folder, "-w20", world)
    seconds = cpu_seconds(said)
    if said is None or "errors: 1" not in said:
        verdict = "green" if why_incomplete(said) == "" else f"no verdict, {why_incomplete(said)}"
        return Result(name, False, f"{name}: {verdict.upper()}", seconds=seconds)
    story = tell_story(folder)
    if "LIVE" in world and "acceptance cycle" in said:
        story = story[:1200] + " ... and so on for ever!"
    states = number(r"(\d+) states, stored", said)
    if not story.endswith("!"):
        return Result(name, False, f"{name}: failed otherwise: {said[:300]}", story, seconds)
    depth = number(r"at depth ([0-9]+)", said)
    line = f"{name}: red, depth {depth}, {states} states, {seconds:.1f} s"
    return Result(name, True, line, story, seconds)


def mtype_names():
    """Spin numbers the names of an mtype from the last to the first."""
    with open(MODEL, encoding="utf-8") as file:
        text = re.search(r"mtype = \{(.*?)\};", file.read(), re.DOTALL).group(1)
    names = re.sub(r"/\*.*?\*/", "", text).replace(",", " ").split()
    return {str(len(names) - index): name for index, name in enumerate(names)}


def tell_story(folder):
    """The counterexample: what was sent, shown, run and told, and what must not be, with a "!"."""
    trail = "batch.pml.trail" if "batch.pml.trail" in os.listdir(folder) else "session.pml.trail"
    said = run_tool(["./pan", "-r", trail], folder, 30) or ""
    names = mtype_names()
    told = [line[2:] for line in said.splitlines() if line.startswith("> ")]
    told += [line[2:] + "!" for line in said.splitlines() if line.startswith("! ")]
    text = re.sub(r"#(\d+)", lambda found: names.get(found.group(1), "?"), "; ".join(told))
    return text.replace("; ... ", " ")


def missing_events(results):
    with open(os.path.join(HERE, "cover.h"), encoding="utf-8") as file:
        wanted = set(re.findall(r"X\(([A-Z_]+)\)", file.read()))
    return sorted(wanted - set().union(*(result.met for result in results)))


def sum_up(clean):
    """One result over all clean worlds."""
    missing = missing_events(clean)
    good = all(result.good for result in clean) and not missing
    states = sum(result.states for result in clean)
    seconds = sum(result.seconds for result in clean)
    errors = sum(not result.good for result in clean)
    line = f"clean: {errors} errors, {states} states, {seconds:.1f} s"
    if missing:
        line += ", NEVER MET: " + " ".join(missing)
    return Result("clean", good, line, seconds=seconds, states=states)


def write_junit(path, results):
    junit.write(path, [junit.Case("model", "model", result.name,
                                  junit.PASSED if result.good else junit.FAILED, result.line,
                                  result.story, result.seconds) for result in results])


def show(result, with_story):
    print(result.line, flush=True)
    if result.story and with_story:
        print(textwrap.fill(result.story, 100, initial_indent="    ", subsequent_indent="    "))


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--junit", metavar="FILE", help="write the results there as JUnit XML")
    parser.add_argument("--build", metavar="DIR", help="build there and keep it")
    parser.add_argument("--only", metavar="REGEX", help="only searches whose name matches")
    parser.add_argument("--jobs", metavar="N", type=int, default=2, help="at once (2)")
    parser.add_argument("--brief", action="store_true", help="no counterexamples of mutations")
    return parser.parse_args()


def search_all(arguments, base):
    wanted = re.compile(arguments.only or "")
    clean, others = [], []
    with concurrent.futures.ThreadPoolExecutor(max(1, arguments.jobs)) as pool:
        for name, world in WORLDS.items():
            if wanted.search(f"clean {name}"):
                clean.append(pool.submit(search_clean, f"clean {name}", world, base))
        for name, world in VARIANTS.items():
            if wanted.search(f"variant {name}"):
                others.append(pool.submit(search_clean, f"variant {name}", world, base))
        for name in MUTATIONS:
            if wanted.search(name):
                others.append(pool.submit(search_mutant, name, base))
        results = []
        for future in clean:
            results.append(future.result())
            show(results[-1], True)
        if len(clean) == len(WORLDS):
            results.append(sum_up(results))
            show(results[-1], True)
        for future in others:
            results.append(future.result())
            show(results[-1], not arguments.brief or not results[-1].good)
    return results


def main():
    arguments = options()
    for tool in ("spin", "gcc"):
        if shutil.which(tool) is None:
            sys.exit(f"run.py: {tool} is not installed; cure: apt-get install {tool}")
    base = arguments.build or tempfile.mkdtemp(prefix="picoctl-model-")
    try:
        results = search_all(arguments, os.path.abspath(base))
    finally:
        if not arguments.build:
            shutil.rmtree(base, ignore_errors=True)
    if not results:
        sys.exit(f"run.py: no search is called like {arguments.only!r}; cure: 'clean', 'variant' or MUTATE_… "
                 "with the name of a world or rule above")
    if arguments.junit:
        write_junit(arguments.junit, results)
    bad = [result.name for result in results if not result.good]
    print("\n  ".join([f"model: {len(results)} searches, {len(bad)} wrong", *bad]))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
