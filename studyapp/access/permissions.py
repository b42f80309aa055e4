"""What can be done. One name for each thing a view or an action asks for."""

from enum import Enum


class P(Enum):
    """A permission; the value is its name in error pages and in the audit log."""

    # Units and people
    UNIT_READ = "查看组织"
    UNIT_EDIT = "维护组织"
    PERSON_EDIT = "维护人员"
    ROLE_GRANT = "授予角色"
    UNLOCK = "解除锁定"
    RESET_CONFIRM = "确认重置"
    FEEDBACK_ANSWER = "答复意见"
    STATUS_READ = "查看运行状态"
    AUDIT_READ = "查看审计"
    # Speeches
    SPEECH_READ = "阅读学习材料"
    SPEECH_IMPORT = "录入学习材料"
    SPEECH_EDIT = "校对学习材料"
    SPEECH_SEND = "下发学习材料"
    # Meetings
    MEETING_READ = "查看学习会"
    MEETING_SCHEDULE = "安排学习会"
    MEETING_EDIT = "调整学习会"
    MEETING_RUN = "主持学习会"
    MEETING_RECORD = "记录学习会"
    NOTE_READ = "查看笔记"
    NOTE_WRITE = "撰写笔记"
    NOTE_OWN = "修改本人笔记"
    # The record
    RECORD_READ = "查看会议记录"
    RECORD_EDIT = "整理会议记录"
    RECORD_SIGN = "签字确认"
    RECORD_REVIEW = "审阅会议记录"
    RECORD_EXPORT = "导出会议记录"
    RECORD_SEND_BACK = "退回更正"
    # Papers and the archive
    PAPER_LAYOUT = "设置版式"
    ARCHIVE_READ = "查看台账和归档"
    ARCHIVE_FILE = "归档"
    # Long work
    JOB_OWN = "查看本人的后台任务"
