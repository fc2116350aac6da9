typedef int rml_stub;
