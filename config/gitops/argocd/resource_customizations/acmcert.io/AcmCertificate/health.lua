-- Health of an AcmCertificate: Healthy, Progressing, Degraded or Suspended. docs/gitops.md says why which.
--
-- Argo CD runs this without Lua's string library.

local metadata = obj.metadata or {}
local spec = obj.spec or {}
local status = obj.status or {}
local generation = tonumber(metadata.generation) or 0

-- What was written for an earlier generation of the spec says nothing about this one.
local function find(kind)
  for _, condition in ipairs(status.conditions or {}) do
    if condition.type == kind and (tonumber(condition.observedGeneration) or generation) >= generation then
      return condition
    end
  end
  return {}
end

local function why(condition)
  return (condition.reason or "Unknown") .. ": " .. (condition.message or "")
end

local function health(word, message)
  return { status = word, message = message }
end

-- Argo CD itself answers "Pending deletion" before it asks a script; this is for whoever runs the script without that.
if metadata.deletionTimestamp ~= nil then
  local blocked = find("DeletionBlocked")
  if blocked.status == "True" then
    return health("Progressing", "the deletion waits: " .. why(blocked))
  end
  return health("Progressing", "the object is being deleted.")
end

-- Before everything else, so that neither a new object nor an edit is ever judged by an old status.
if (tonumber(status.observedGeneration) or -1) < generation then
  return health("Progressing", "the operator has not looked at generation " .. generation .. " yet.")
end

local ready = find("Ready")

-- A person or an edit is needed. Also while suspended: an expired certificate is no pause.
local stalled = find("Stalled")
if stalled.status == "True" then
  return health("Degraded", why(stalled))
end

-- What serves is good. A renewal that is not on track is told, and becomes Degraded only if the certificate expires:
-- alerts on it come from the operator's metrics and Events, long before.
if ready.status == "True" then
  local message = ready.message or ""
  local renewal = find("RenewalReady")
  if renewal.status == "False" then
    message = message .. " Its renewal is not on track: " .. why(renewal)
  end
  return health("Healthy", message)
end

if ready.status == nil then
  return health("Progressing", "the operator has not said yet whether it is ready.")
end

-- Not ready, and it will not be before somebody resumes it.
if spec.suspend == true then
  return health("Suspended", why(ready))
end

-- On its way, or (ObservationStale) not seen for a while: an outage of AWS's API breaks no certificate.
return health("Progressing", why(ready))
