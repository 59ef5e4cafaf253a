"""Every call of every API, by the generated functions: what is sent, what is answered, and what the receiver gets."""

from events import events
from providers import providers
from report import walk
from rules import rules
from server import server
from webhooks import webhooks

walk("server", server)
walk("providers", providers)
walk("webhooks", webhooks)
walk("rules", rules)
walk("events", events)
