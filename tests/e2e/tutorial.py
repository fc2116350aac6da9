"""docs/tutorial.md against the program: its commands are those of `./dev demo`, each runs, in their order and from nothing
but the source and the program, and leaves what the page names; the page's figures are there.

Usage: tutorial.py path/to/radmill           one repeat and few permutations
       tutorial.py --long path/to/radmill    as the page has it, and every line of output that it shows held against ours

On the page a line "$ command" in an indented block is a command, and what is indented behind it, up to the next, its output; "…"
stands for what is left out: whole lines, or a part of one that differs from run to run."""
import os
import re
import subprocess
import sys

from program import ENVIRONMENT, RADMILL, content, expect, finish, folder, write
from report_cases import need_gnuplot

SOURCE = os.environ.get("RADMILL_SOURCE") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
LONG = "--long" in sys.argv


def read(*name):
    return content(os.path.join(SOURCE, *name)).decode()


def unfold(lines):
    """Lines that end in a backslash joined with what follows, single spaces."""
    return [" ".join(line.split()) for line in re.sub(r"\\\n", " ", "\n".join(lines)).split("\n")]


def commands_of(page):
    """[(command, [lines of output])] in the page's order."""
    found, folded = [], False
    for line in re.sub(r"^```.*?^```", "", page, flags=re.S | re.M).split("\n"):
        if not line.startswith("    "):
            continue
        line = line[4:]
        if line.startswith("$ "):
            found.append(([line[2:]], []))
        else:
            found[-1][0 if folded else 1].append(line)
            if not folded:
                continue
        folded = line.endswith("\\")
    return [(unfold(command)[0], output) for command, output in found]


def commands_of_demo(dev):
    body = re.search(r"^demo\(\) \{\n(.*?)^\}", dev, re.S | re.M).group(1)
    return [line for line in unfold(body.split("\n")) if re.match(r"(mpirun -q -n 2 )?build/radmill |cp ", line)]


def same_commands(page):
    """But for what the demo says of its table, and its second source of images."""
    ours = [command for command, _ in page if re.match(r"(mpirun -q -n 2 )?build/radmill |cp ", command)]
    theirs = commands_of_demo(read("dev"))
    theirs = [re.sub(r" \| sed .*", "", line).replace("extract demo/cohort.csv", "extract demo/phantom/cohort.csv") for line in theirs]
    theirs = [line for line in theirs if not line.startswith("build/radmill info ")]
    expect(ours == theirs, "commands of the page and of ./dev demo:\n  " + "\n  ".join(
        [f"page alone: {line}" for line in ours if line not in theirs] +
        [f"demo alone: {line}" for line in theirs if line not in ours] or ["in another order"]))


def shows(shown, output):
    """The first line of the page that the output does not have behind the ones before it; None: all are there."""
    at = 0
    for line in shown:
        if line.strip() in ("", "…"):
            continue
        pattern = re.compile(".*".join(re.escape(part) for part in line.rstrip().split("…")))
        while at < len(output) and not pattern.fullmatch(output[at].rstrip()):
            at += 1
        if at == len(output):
            return line
        at += 1
    return None


def run_page(page, where):
    os.makedirs(os.path.join(where, "build"))
    os.symlink(RADMILL, os.path.join(where, "build", "radmill"))
    os.symlink(os.path.join(SOURCE, "jobs"), os.path.join(where, "jobs"))
    os.makedirs(os.path.join(where, "docs"))
    study = read("docs", "study.yaml")
    if not LONG:
        for long, short in (("repeats: 10", "repeats: 1"), ("permute: 200", "permute: 3"),
                            ("cutpoint: [rad_score, marker]", "cutpoint: {of: [rad_score, marker], permutations: 99}")):
            expect(study.count(long) == 1, f"docs/study.yaml: {long}")
            study = study.replace(long, short)
    write(os.path.join(where, "docs", "study.yaml"), study)
    for command, shown in page:
        if not re.match(r"(mpirun -q -n 2 )?build/radmill |cp |mkdir |head ", command):
            continue  # the machine's: how the program is built
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=where,
                              env=ENVIRONMENT, timeout=1000)
        expect(done.returncode == 0, f"{command}: {done.returncode} {done.stderr[-600:]}")
        if done.returncode != 0:
            return
        missing = shows(shown, done.stdout.split("\n")) if LONG else None
        expect(missing is None, f"{command}: the page shows, and the run does not:\n  {missing}")


def same_study(text):
    """The page's study is docs/study.yaml without its explanations."""
    bare = lambda lines: [line for line in (re.sub(r"(^|\s+)#.*", "", line) for line in lines) if line]
    shown = re.search(r"^```yaml\n(.*?)^```", text, re.S | re.M).group(1)
    expect(bare(shown.split("\n")) == bare(read("docs", "study.yaml").split("\n")), "the page's study and docs/study.yaml differ")


def files_are_there(text, where):
    for image in re.findall(r"\]\((tutorial/[^)]+)\)", text):
        expect(os.path.exists(os.path.join(SOURCE, "docs", image)), f"docs/{image}")
    for name in set(re.findall(r"`(demo/[\w./-]+)`", text)):
        expect(os.path.exists(os.path.join(where, name)), f"{name} is on the page, and no run left it")


need_gnuplot()
text = read("docs", "tutorial.md")
page = commands_of(text)
expect(len(page) > 10, f"{len(page)} commands on the page")
same_commands(page)
same_study(text)
with folder() as where:
    run_page(page, where)
    files_are_there(text, where)
finish("tutorial")
