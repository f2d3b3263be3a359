-- Go on. False rather than absent, so that a manifest with either of the two stays in sync.

obj.spec.suspend = false
return obj
