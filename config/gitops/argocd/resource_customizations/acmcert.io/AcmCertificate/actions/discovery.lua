-- Which actions make sense now.

local metadata = obj.metadata or {}
local spec = obj.spec or {}
local status = obj.status or {}
local generation = tonumber(metadata.generation) or 0

local deleting = metadata.deletionTimestamp ~= nil
local suspended = spec.suspend == true

-- The reasons after which the operator requests another certificate when it is asked to. The annotation of the action
-- stays until then: set at another time, it would be taken for an answer to a failure that nobody has seen yet.
local retried = {
  CertificateGone = true,
  Expired = true,
  RequestFailed = true,
  Revoked = true,
  ValidationTimedOut = true,
}

local ended = false
for _, condition in ipairs(status.conditions or {}) do
  local current = (tonumber(condition.observedGeneration) or generation) >= generation
  if condition.type == "Ready" and condition.status == "False" and current then
    ended = retried[condition.reason or ""] == true
  end
end

-- An adopted certificate is never requested anew.
local adopted = spec.certificateArn ~= nil

local actions = {}
actions["refresh"] = { ["disabled"] = false }
actions["suspend"] = { ["disabled"] = suspended }
actions["resume"] = { ["disabled"] = not suspended }
actions["retry"] = { ["disabled"] = deleting or suspended or adopted or not ended }
return actions
