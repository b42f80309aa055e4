"""核验导出的审计记录：python3 verify.py [审计记录.jsonl [锚点文件]]（Python 3.6 以上）。

It stands alone beside every export, so that one can be checked years from now without this
system: each row against its digest and against its fields for the police, the chain from row to
row, first and last row against the head of the file, the bytes against its last line. Whether the
chain is the one of the system, only anchors can tell: those of rows that are in the file, and of
the row before the first one. It says how many it compared, and how many it could not.
"""

import hashlib
import json
import os
import re
import sys
from datetime import datetime, timedelta
from typing import Any, Dict, Iterator, List

SCHEMA = "studyapp-audit-1"
LISTED = 100


def digest(material: Dict[str, Any]) -> str:
    """Return the digest of a row, made again from what it is made of."""
    text = json.dumps(material, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def police(entry: Dict[str, Any], head: Dict[str, Any]) -> Dict[str, str]:
    """Return the fields for the police, made again from the row."""
    at = datetime.strptime(entry["at"][:19], "%Y-%m-%dT%H:%M:%S")
    local = at + timedelta(minutes=head["utc_offset_minutes"])
    condition = dict({"target": entry["target"]}, **entry["condition"])
    return {
        "NUM_ID": str(entry["seq"]),
        "REG_ID": head["reg_id"],
        "USER_ID": entry["user_id"],
        "ORGANIZATION": entry["organization"],
        "ORGANIZATION_ID": entry["organization_id"],
        "USER_NAME": entry["user_name"],
        "TERMINAL_ID": entry["terminal"],
        "OPERATE_TIME": local.strftime("%Y%m%d%H%M%S"),
        "OPERATE_TYPE": str(entry["operation"]),
        "OPERATE_RESULT": "1" if entry["succeeded"] else "0",
        "ERROR_CODE": entry["error_code"],
        "OPERATE_NAME": entry["name"],
        "OPERATE_CONDITION": json.dumps(condition, ensure_ascii=False, sort_keys=True),
    }


def anchors(path: str) -> Dict[int, List[str]]:
    """Return what was noted elsewhere: number of a row, and its digest or contradicting ones."""
    found = {}  # type: Dict[int, List[str]]
    with open(path, encoding="utf-8") as file:
        for line in file:
            _, seq, noted = line.split()
            known = found.setdefault(int(seq), [])
            if noted not in known:
                known.append(noted)
    return found


def differences(path: str, noted: Dict[int, List[str]]) -> Iterator[str]:
    """Yield what does not fit, one sentence for each; a head that cannot be read ends it.

    Anchors that were compared are taken out of ``noted``.
    """
    whole = hashlib.sha256()
    with open(path, "rb") as file:
        line = file.readline()
        whole.update(line)
        head = json.loads(line.decode("utf-8"))
        if head.get("schema") != SCHEMA:
            yield "不认识的格式：%s" % head.get("schema")
            return
        seq, previous, count, end = 0, head["first"]["previous"], 0, None
        for known in noted.pop(head["first"]["seq"] - 1, []):
            if known != previous:
                yield "第 %d 条和锚点不一致" % (head["first"]["seq"] - 1)
        for line in file:
            if end is not None:
                yield "结尾后面还有内容"
                return
            row = json.loads(line.decode("utf-8"))
            if "end" in row:
                end = row
                continue
            whole.update(line)
            entry, count = row["entry"], count + 1
            if count == 1 and entry["seq"] != head["first"]["seq"]:
                yield "第一条应是第 %d 条，却是第 %d 条" % (head["first"]["seq"], entry["seq"])
            elif count > 1 and entry["seq"] <= seq:
                yield "第 %d 条不在自己的位置" % entry["seq"]
            elif count > 1 and entry["seq"] > seq + 1 and head["whole"]:
                yield "第 %d 条到第 %d 条缺失" % (seq + 1, entry["seq"] - 1)
            follows = count == 1 or entry["seq"] == seq + 1
            if follows and entry["previous"] != previous:
                yield "第 %d 条与上一条不相连" % entry["seq"]
            if digest(entry) != row["digest"]:
                yield "第 %d 条被改动" % entry["seq"]
            fields = police(entry, head)
            if {name: row.get(name) for name in fields} != fields:
                yield "第 %d 条的公安审计字段和内容不一致" % entry["seq"]
            for known in noted.pop(entry["seq"], []):
                if known != row["digest"]:
                    yield "第 %d 条和锚点不一致" % entry["seq"]
            seq, previous = entry["seq"], row["digest"]
    if (seq, previous) != (head["last"]["seq"], head["last"]["digest"]):
        yield "最后一条应是第 %d 条，摘要 %s" % (head["last"]["seq"], head["last"]["digest"])
    if count != head["count"]:
        yield "应有 %d 条，实有 %d 条" % (head["count"], count)
    for outside in sorted(noted):
        if len(noted[outside]) > 1:
            yield "第 %d 条有互相矛盾的锚点" % outside
    if end is None:
        yield "没有结尾：文件不完整"
    elif end["sha256"] != whole.hexdigest():
        yield "文件和导出时不一致"


def found_here() -> str:
    """Return the export beside this file."""
    here = os.path.dirname(os.path.abspath(__file__))
    names = sorted(name for name in os.listdir(here) if re.search(r"\.jsonl$", name))
    return os.path.join(here, names[0]) if names else ""


def main(arguments: List[str]) -> int:
    """Check the file that is named, or the one beside this program."""
    path = arguments[0] if arguments else found_here()
    total = 0
    try:
        noted = anchors(arguments[1]) if len(arguments) > 1 else {}
        given = sum(map(len, noted.values()))
        for sentence in differences(path, noted):
            total += 1
            if total <= LISTED:
                print(sentence)
        with open(path, "rb") as file:
            head = json.loads(file.readline().decode("utf-8"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        print("文件读不出来：%r" % error)
        return 1
    if total:
        print("有%d处不一致。" % total)
        return 1
    first, last = head["first"]["seq"], head["last"]
    told = "第 %d 条到第 %d 条，共 %d 条，" % (first, last["seq"], head["count"])
    print(told + ("连续，" if head["whole"] else "按条件挑选，") + "全部一致。")
    if len(arguments) > 1:
        outside = sum(map(len, noted.values()))
        rest = "；不在这份文件里、没有比对的锚点 %d 个" % outside if outside else ""
        print("和 %d 个锚点一致%s。" % (given - outside, rest))
    print("末条摘要 " + last["digest"])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
