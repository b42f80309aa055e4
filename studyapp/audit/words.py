"""The log's short keys as an auditor reads them. What is not here is shown as it is stored."""

KEYS = {
    "asked_by": "申请人",
    "changed": "变更",
    "changed_people": "更新人数",
    "code": "校验码",
    "count": "人数",
    "decision": "决定编号",
    "digest": "末条摘要",
    "document_number": "文号",
    "duty_and_rank": "职务和排名",
    "fields": "项目",
    "findings": "问题数",
    "file": "文件",
    "filter": "筛选条件",
    "format": "格式",
    "full_name": "全称",
    "home": "组织关系",
    "item": "议程编号",
    "job": "任务编号",
    "kind": "类型",
    "leave": "请假编号",
    "link": "链值",
    "meeting": "会议编号",
    "method": "方式",
    "new_people": "新建人员",
    "new_units": "新建党组织",
    "number": "序号",
    "office": "管理员身份",
    "os_user": "操作系统用户",
    "parent": "上级组织",
    "period": "保管期限",
    "piece": "件号",
    "points": "显示要点",
    "presence": "到会情况",
    "reason": "原因",
    "record": "记录编号",
    "remark": "发言编号",
    "revision": "修订",
    "role": "角色",
    "rows": "条数",
    "sha256": "文件SHA-256",
    "should_attend": "应到",
    "size": "字节数",
    "signature": "病毒名",
    "sitting": "场次",
    "source": "来源",
    "span": "序号范围",
    "themes": "专题",
    "to": "改为",
    "together": "合并召开",
    "usernames": "登录名",
    "version": "版本",
    "vote": "表决编号",
    "year": "年度",
}
REASONS = {
    "broken_off": "中途断开",
    "code": "签到码不对",
    "disabled": "账号已停用",
    "expired": "一次性密码过期",
    "infected": "查出病毒",
    "locked": "账号锁定中",
    "password": "密码不对",
    "second": "验证码不对",
    "second_key": "站点密钥丢了，验证码核对不了",
    "second_locked": "验证码锁定中",
    "unknown": "没有这个登录名",
    "unscanned": "没有查毒",
    "wrong": "密码不对",
}
"""Why something failed, by error code."""


def shown(value: object) -> str:
    """Return a stored value as words."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (list, tuple)):
        return "、".join(map(shown, value)) or "无"
    return "无" if value in (None, "") else str(value)
