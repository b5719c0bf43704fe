"""Prints the folder of DataFusion's .slt files, or says on stderr why there is none and ends with 1."""

import json
import pathlib
import subprocess
import sys

here = pathlib.Path(__file__).parent
command = ["cargo", "metadata", "--format-version", "1", "--manifest-path", str(here / "Cargo.toml")]
found = subprocess.run(command, capture_output=True, text=True)
if found.returncode != 0:
    sys.exit(f"cargo could not fetch the crate: {found.stderr.strip().splitlines()[-1:]}")
for package in json.loads(found.stdout)["packages"]:
    if package["name"] == "datafusion-sqllogictest":
        print(pathlib.Path(package["manifest_path"]).parent / "test_files")
        sys.exit(0)
sys.exit("the crate is not among the packages")
