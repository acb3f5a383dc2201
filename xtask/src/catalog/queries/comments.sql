SELECT classoid, objoid, objsubid, description FROM pg_description WHERE objoid >= 16384 OR (classoid = 2615 AND objoid = 2200)
