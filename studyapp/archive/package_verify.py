"""检查档案包：解开压缩包，在文件夹里执行 python3 verify.py（Python 3.6 以上，不用安装别的）。

It stands alone inside every archive package, so that a package can be checked years from now
without this system. It makes again the SHA-256 of every file, and of every signed version the
hash of its words and its link in the branch's chain. The seal over a link needs a key that is
never handed out; `manage.py verify_minutes` checks that.
"""

import hashlib
import json
import os
import sys
from typing import Any, Dict, Iterator, List


def sha256(path: str) -> str:
    """Return the SHA-256 of a file, in hex."""
    found = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            found.update(block)
    return found.hexdigest()


def link(chain: Dict[str, Any]) -> str:
    """Return the link of a version, made again from what it is made of."""
    parts = [
        "studyapp-link-1",
        chain["previous"],
        str(chain["unit"]),
        str(chain["sequence"]),
        str(chain["record"]),
        str(chain["number"]),
        str(chain["revision"]),
        str(chain["schema"]),
        chain["signed_at"],
        chain["content_sha256"],
        chain["signatures_sha256"],
        chain["objections_sha256"],
    ]
    return hashlib.sha256("\n".join(parts).encode("utf-8")).hexdigest()


def files_below(folder: str) -> Iterator[str]:
    """Yield every file below a folder, by its path with slashes."""
    for place, _, names in os.walk(folder):
        for name in names:
            yield os.path.relpath(os.path.join(place, name), folder).replace(os.sep, "/")


def differences(folder: str) -> List[str]:
    """Return what does not fit, one sentence for each."""
    try:
        with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as file:
            manifest = json.load(file)
        with open(os.path.join(folder, "manifest.sha256"), encoding="utf-8") as file:
            wanted = file.read().split()[0]
    except (OSError, ValueError, IndexError) as error:
        return [f"清单打不开：{error}"]
    if manifest.get("schema") != "studyapp-package-1":
        return [f"不认识的清单格式：{manifest.get('schema')}"]
    found = []
    if sha256(os.path.join(folder, "manifest.json")) != wanted:
        found.append("manifest.json 改过")
    listed = {file["path"]: file["sha256"] for file in manifest["files"]}
    there = set(files_below(folder)) - {"manifest.json", "manifest.sha256"}
    found += [f"缺少 {path}" for path in sorted(set(listed) - there)]
    found += [f"多出 {path}" for path in sorted(there - set(listed))]
    for path in sorted(set(listed) & there):
        if sha256(os.path.join(folder, *path.split("/"))) != listed[path]:
            found.append(f"改过 {path}")
    for item in manifest["items"]:
        found += unlike(item, listed)
    return found


def unlike(item: Dict[str, Any], listed: Dict[str, str]) -> Iterator[str]:
    """Yield what does not fit of one version: its words, its link."""
    chain, folder = item["chain"], item["folder"]
    for name in ("content", "signatures", "objections"):
        path = f"{folder}/{name}.json"
        if listed.get(path) != chain[name + "_sha256"]:
            yield f"{path} 和链上的不一致"
    if link(chain) != chain["link"]:
        yield f"{folder} 的链值不对"


def main() -> int:
    """Check the folder in which this file lies, or the one that is named."""
    here = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    found = differences(here)
    for sentence in found:
        print(sentence)
    print(f"有{len(found)}处不一致。" if found else "全部一致。")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
