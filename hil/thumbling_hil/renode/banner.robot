# SPDX-License-Identifier: MIT
# Boots a firmware and waits for the start of its banner: a zero byte, then the identify answer.
# Its sequence number is 0, so it always starts with the COBS code 2 and the type 0x81.
#   renode-test banner.robot -r DIR --variable ELF:/abs/firmware.elf --variable REPL:/abs/stm32f4.repl

*** Variables ***
${UART}                             sysbus.usart2

*** Test Cases ***
Firmware Sends Its Banner
    Execute Command                 mach create "chip"
    Execute Command                 machine LoadPlatformDescription @${REPL}
    Execute Command                 sysbus LoadELF @${ELF}
    Create Terminal Tester          ${UART}  timeout=2  binaryMode=true  defaultPauseEmulation=true
    Start Emulation
    Wait For Bytes On Uart          000281
