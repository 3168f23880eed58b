"""The law as data: a rubric names areas, criteria and checks, with their provisions and wording."""

from __future__ import annotations

CRITERIA = (
    "expert_approval", "expert_signature", "expert_structure", "expert_operations", "expert_supply_chains",
    "expert_risk_description", "expert_risk_mitigation", "expert_remediation", "expert_effectiveness",
    "measure_policies", "measure_governance", "measure_due_diligence", "measure_risk_assessment",
    "measure_training", "measure_grievance", "measure_remedy", "measure_measurement", "measure_future",
    "measure_negative",
)
"""Sentence criteria that the model decides: the nine of AIMSCheck (ACL 2025), then our split of measures."""
