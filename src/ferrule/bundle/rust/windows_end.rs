// rustc's `std::process::exit` ends the process itself on Windows, so that nothing of
// what `atexit` knows would run.

unsafe extern "system" fn ended(code: u32) -> ! {
    end(if finish() { code } else { UNWRITTEN })
}

unsafe fn end(code: u32) -> ! {
    let name = [107u16, 101, 114, 110, 101, 108, 51, 50, 46, 100, 108, 108, 0];
    let system = LoadLibraryExW(name.as_ptr(), ptr::null_mut(), 0x0800);
    let call = GetProcAddress(system, c(b"ExitProcess\0"));
    if !call.is_null() {
        let call: unsafe extern "system" fn(u32) = transmute(call);
        call(code);
    }
    loop {
        TerminateProcess(GetCurrentProcess(), code);
    }
}
