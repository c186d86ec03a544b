"""Names the declarations share: level-1 dimensions and owner roles."""

from kpi_lib.text import Text

EFFICIENCY = Text("Response and efficiency", "响应与效率")
QUALITY = Text("Service quality", "服务质量")
SATISFACTION = Text("Customer satisfaction", "客户满意")
RELATIONSHIP = Text("Customer relationship", "客户关系")
GROWTH = Text("Growth", "客户增长")

DISPATCH = Text("Dispatch desk", "派工调度")
CALL_CENTRE = Text("Call centre", "呼叫中心")
FIELD_SERVICE = Text("Field service manager", "现场服务主管")
SURVEY_TEAM = Text("Satisfaction survey team", "满意度回访组")
QUALITY_TEAM = Text("Service quality team", "服务质检组")
BRANCH_MANAGER = Text("Branch manager", "分公司经理")
CUSTOMER_TEAM = Text("Customer relations team", "客户关系组")
