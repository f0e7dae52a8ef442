"""Known vulnerabilities of the pinned packages, by pip-audit: exit status 1 where one is known, 0 otherwise.

Where the index of vulnerabilities cannot be reached, or does not know the packages, that is said and fails nothing.
Usage: audit.py PIP_AUDIT requirements.txt
"""

from __future__ import annotations

import json
import subprocess
import sys

SECONDS = 180


def main(tool: str, requirements: str) -> int:
    command = [tool, "--progress-spinner=off", "--format=json", "--no-deps", "--disable-pip", "-r", requirements]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS).stdout
        packages = json.loads(answer)["dependencies"]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError) as error:
        print(f"audit: not done, the index of vulnerabilities did not answer ({type(error).__name__})")
        return 0
    looked_up = [package for package in packages if "vulns" in package]
    for package in looked_up:
        for found in package["vulns"]:
            fixed = ", ".join(found["fix_versions"]) or "no version yet"
            print(f"{package['name']} {package['version']}: {found['id']}, fixed in {fixed}")
    print(f"audit: {len(looked_up)} of {len(packages)} packages looked up")
    return int(any(package["vulns"] for package in looked_up))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
