SELECT classoid, objoid, objsubid, provider, label FROM pg_seclabel
