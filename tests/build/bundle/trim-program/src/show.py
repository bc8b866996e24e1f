import importlib.resources

import plainthing

element = dom.Document().createElement("x").toxml().replace("/>", " />")
text = importlib.resources.files("plainthing").joinpath("data", "text.txt")
print(plainthing.VALUE, element, middle, text.read_text())
