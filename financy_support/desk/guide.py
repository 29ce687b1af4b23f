"""The handbook's support organisation as data: tiers, teams, roles, the business calendar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time

from financy_support.desk.audit.guide_row import GuideRow, Ref
from financy_support.desk.people.role import ResponseRole

# Handbook 'Support Team Structure'.
TIERS: list[tuple[int, str, str, list[str], list[str], list[str]]] = [
    (
        1,
        "tier_1_support",
        "Customer Support",
        [
            "Initial customer contact handling",
            "Basic troubleshooting and FAQ responses",
            "Account management and billing inquiries",
            "Feature usage guidance",
            "Incident triage and categorization",
        ],
        [
            "Customer service excellence",
            "Basic Financy platform knowledge",
            "Communication skills",
            "Ticket management systems",
        ],
        [
            "Technical issues beyond basic troubleshooting",
            "Data integrity concerns",
            "Security-related inquiries",
            "Feature requests requiring technical assessment",
            "Issues affecting multiple users",
        ],
    ),
    (
        2,
        "tier_2_technical",
        "Technical Support",
        [
            "Advanced technical troubleshooting",
            "Database query assistance",
            "API integration support",
            "Performance issue investigation",
            "Configuration and setup guidance",
        ],
        [
            "Deep Financy platform knowledge",
            "Database and API expertise",
            "Log analysis and debugging",
            "System administration",
            "DevOps tools familiarity",
        ],
        [
            "Code-level issues requiring development",
            "Infrastructure problems",
            "Complex data migrations",
            "Security vulnerabilities",
            "Architecture-level concerns",
        ],
    ),
    (
        3,
        "tier_3_engineering",
        "Engineering",
        [
            "Code-level issue resolution",
            "Bug fixes and patches",
            "Performance optimization",
            "Architecture troubleshooting",
            "Security incident response",
        ],
        [
            "Software development expertise",
            "System architecture knowledge",
            "DevOps and infrastructure",
            "Security best practices",
            "Database optimization",
        ],
        [
            "Critical system outages",
            "Security breaches",
            "Data corruption incidents",
            "Complex architectural changes",
            "Third-party service failures",
        ],
    ),
    (
        4,
        "specialist_teams",
        "Specialist Teams",
        [
            "AI/ML model troubleshooting",
            "Infrastructure architecture",
            "Security incident response",
            "Data science and analytics",
            "Business intelligence support",
        ],
        [
            "Domain-specific expertise",
            "Advanced technical knowledge",
            "Research and development",
            "Cross-team collaboration",
            "Strategic problem solving",
        ],
        [
            "AI model accuracy issues",
            "Large-scale infrastructure changes",
            "Advanced security threats",
            "Complex data analysis requirements",
            "Strategic technical decisions",
        ],
    ),
]

# slug, name, tier, craft (the tier's responsibility it answers for), public names and expertise in en, pt, es.
TEAMS: list[tuple[str, str, int, str, tuple[str, str, str], tuple[str, str, str]]] = [
    (
        "customer_support",
        "Customer Support",
        1,
        "Initial customer contact handling",
        ("Customer Support", "Atendimento ao Cliente", "Atención al Cliente"),
        (
            "account, billing and everyday questions",
            "conta, cobrança e dúvidas do dia a dia",
            "cuenta, facturación y dudas del día a día",
        ),
    ),
    (
        "technical_support",
        "Technical Support",
        2,
        "Advanced technical troubleshooting",
        ("Technical Support", "Suporte Técnico", "Soporte Técnico"),
        ("advanced technical troubleshooting", "diagnóstico técnico avançado", "diagnóstico técnico avanzado"),
    ),
    (
        "engineering",
        "Engineering",
        3,
        "Code-level issue resolution",
        ("Engineering", "Engenharia", "Ingeniería"),
        ("software engineering", "engenharia de software", "ingeniería de software"),
    ),
    (
        "security",
        "Security",
        3,
        "Security incident response",
        ("Security", "Segurança", "Seguridad"),
        ("protection of accounts and data", "proteção de contas e dados", "protección de cuentas y datos"),
    ),
    (
        "ai_ml",
        "AI/ML",
        4,
        "AI/ML model troubleshooting",
        ("AI and machine learning", "Inteligência artificial", "Inteligencia artificial"),
        (
            "the models behind automatic categorization",
            "os modelos da categorização automática",
            "los modelos de la categorización automática",
        ),
    ),
    (
        "infrastructure",
        "Infrastructure",
        4,
        "Infrastructure architecture",
        ("Infrastructure", "Infraestrutura", "Infraestructura"),
        ("servers, networks and performance", "servidores, redes e desempenho", "servidores, redes y rendimiento"),
    ),
    (
        "security_engineering",
        "Security Engineering",
        4,
        "Security incident response",
        ("Security Engineering", "Engenharia de Segurança", "Ingeniería de Seguridad"),
        ("advanced security", "segurança avançada", "seguridad avanzada"),
    ),
    (
        "data_science",
        "Data Science",
        4,
        "Data science and analytics",
        ("Data Science", "Ciência de Dados", "Ciencia de Datos"),
        ("analysis of complex data", "análise de dados complexos", "análisis de datos complejos"),
    ),
    (
        "business_intelligence",
        "Business Intelligence",
        4,
        "Business intelligence support",
        ("Business Intelligence", "Inteligência de Negócios", "Inteligencia de Negocios"),
        ("reports and business figures", "relatórios e indicadores", "informes e indicadores"),
    ),
]
SECURITY_TEAMS = ("security", "security_engineering")  # the second takes over in tier 4
DEFAULT_TEAMS = ("customer_support", "technical_support", "engineering")

# Handbook 'response_team' of each incident level: eleven roles.
RESPONDERS = {
    "incident_commander": "Incident commander",
    "sre_team": "SRE team",
    "engineering_lead": "Engineering lead",
    "security_team": "Security team",
    "technical_lead": "Technical lead",
    "sre_engineer": "SRE engineer",
    "product_manager": "Product manager",
    "support_engineer": "Support engineer",
    "qa_engineer": "QA engineer",
    "support_agent": "Support agent",
    "documentation_team": "Documentation team",
}
# Those whom the decision criteria and P1 tell.
TOLD = {"management": "Management", "executive": "Executive", "ceo": "CEO", "stakeholder": "Stakeholder"}

BUSINESS_HOURS = "Business hours"  # design §8, 5


def guide_rows() -> Iterator[GuideRow]:
    """The floor's rows, in the order that their references need."""
    for number, slug, name, responsibilities, skills, triggers in TIERS:
        yield GuideRow(
            "desk.SupportTier",
            {"number": number},
            {
                "slug": slug,
                "name": name,
                "responsibilities": responsibilities,
                "skills_required": skills,
                "escalation_triggers": triggers,
            },
        )
    for slug, name, tier, craft, names, expertise in TEAMS:
        yield GuideRow(
            "desk.Team",
            {"slug": slug},
            {
                "name": name,
                "tier": Ref("desk.SupportTier", number=tier),
                "craft": craft,
                "public_name": dict(zip(("en", "pt", "es"), names, strict=True)),
                "expertise": dict(zip(("en", "pt", "es"), expertise, strict=True)),
                "is_default": slug in DEFAULT_TEAMS,
                "is_security": slug in SECURITY_TEAMS,
            },
        )
    for kind, roles in ((ResponseRole.Kind.RESPONDS, RESPONDERS), (ResponseRole.Kind.IS_TOLD, TOLD)):
        for slug, name in roles.items():
            yield GuideRow("desk.ResponseRole", {"slug": slug}, {"name": name, "kind": kind})
    yield GuideRow(
        "desk.BusinessCalendar",
        {"name": BUSINESS_HOURS},
        {"time_zone": "America/Sao_Paulo", "holiday_country": "BR", "holiday_subdivision": ""},
    )
    for weekday in range(5):
        yield GuideRow(
            "desk.OpeningHours",
            {"calendar": Ref("desk.BusinessCalendar", name=BUSINESS_HOURS), "weekday": weekday},
            {"opens": time(9), "closes": time(18)},
        )
