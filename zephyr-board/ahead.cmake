# mote_ahead(<folder> <module.wasm>...): the modules as C, in the image in place of their WebAssembly, and the engine's vtable that
# runs them natively and every other module in wasm3.
function(mote_ahead folder)
  get_filename_component(root ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/.. ABSOLUTE)
  set(engine ${root}/runtime/kernel/engine)
  set(made ${folder}/compiled.c)
  list(LENGTH ARGN count)
  math(EXPR last "${count} - 1")
  foreach(index RANGE ${last})
    list(APPEND made ${folder}/m${index}.c)
  endforeach()
  add_custom_command(
    OUTPUT ${made}
    COMMAND ${NODE} ${root}/zephyr-board/prepare.mjs ahead ${folder} ${ARGN}
    DEPENDS ${ARGN} ${root}/zephyr-board/prepare.mjs
      ${root}/dist/host-shim/qemu/ahead.js ${root}/dist/host-shim/engine/instrument.js
    VERBATIM)
  target_sources(app PRIVATE ${made} ${engine}/compiled/engine_compiled.c)
  target_include_directories(app PRIVATE ${engine}/compiled)
  set_source_files_properties(${engine}/engine_wasm3.c PROPERTIES COMPILE_DEFINITIONS MOTE_ENGINE_NAME=mote_engine_wasm3)
  set_source_files_properties(${made} PROPERTIES COMPILE_OPTIONS "-w")
endfunction()
