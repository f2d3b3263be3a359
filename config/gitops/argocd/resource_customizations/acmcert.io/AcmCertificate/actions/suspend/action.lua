-- Change nothing in AWS any more, and keep reporting.

obj.spec.suspend = true
return obj
