"""Functions that are compiled only as parts of their callers.

Numba optimizes every function that it compiles and translates it to machine code, even where each caller
holds a copy of it: more than half of the time that the engine takes.  A part is kept as it was lowered; its
outermost caller, which is optimized and translated as a whole, links it in.

`pipeline_class` is Numba's documented way to another compiler; the class of a code library is not
documented.  Where it is not as known here, parts are compiled like every function.
"""

from numba.core import codegen
from numba.core.compiler import Compiler

_Library = getattr(codegen, "JITCodeLibrary", None)
_METHODS = ("add_llvm_module", "finalize", "_ensure_finalized", "_get_module_for_linking")
_ATTRIBUTES = ("_final_module", "_linking_libraries", "_reload_init", "_finalized")

#: Options of `njit` that make a function a part.
PART = {}

if _Library is not None and all(hasattr(_Library, name) for name in _METHODS):

    class _PartLibrary(_Library):
        """Code that only its callers optimize and translate."""

        def add_llvm_module(self, module):
            self._final_module.link_in(module)

        def finalize(self):
            for library in dict.fromkeys(self._linking_libraries):
                self._reload_init.update(library._reload_init)
                self._final_module.link_in(library._get_module_for_linking(), preserve=True)
            self._finalized = True

        @property
        def codegen(self):
            return self

        def set_env(self, name, environment):
            """Do nothing: a part uses no Python object, and is nowhere in memory."""

    class _PartCompiler(Compiler):
        def define_pipelines(self):
            library = _PartLibrary(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
            if all(hasattr(library, name) for name in _ATTRIBUTES):
                self.state.library = library
            return super().define_pipelines()

    PART["pipeline_class"] = _PartCompiler
