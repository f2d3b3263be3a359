-- Request another certificate after this one came to its end: any new value of the annotation does it, once.

local os = require("os")

if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["acmcert.io/retry"] = os.date("!%Y-%m-%dT%H:%M:%SZ")
return obj
