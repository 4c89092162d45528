print("teredo")
