print("lenscap")
