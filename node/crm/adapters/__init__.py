"""One file or folder for each kind of CRM; whatever stands here is on offer (`node.crm.registry`)."""
