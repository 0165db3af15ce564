# SPDX-License-Identifier: MIT
*** Comments ***
Boots a firmware in Renode and asks it for every vector of a file: the test passes where every
bit of every answer is the expected one. `thumbling verify DIR --on renode` runs it; by hand:
renode-test verify.robot -r DIR --variable ELF:/abs/firmware.elf --variable REPL:/abs/chip.repl
... --variable VECTORS:/abs/vectors.json --variable RESULT:/abs/result.json
PYTHON is the interpreter that has thumbling. It need not be the one renode-test runs on.

*** Settings ***
Library             Process
Library             String

*** Variables ***
${UART}             sysbus.usart2
${PYTHON}           python3

*** Test Cases ***
Every Vector Is Answered Bit For Bit
    ${port}=                        Boot The Firmware
    ${run}=                         Run Process
    ...    ${PYTHON}  -P  -m  thumbling_hil.targets.renode_session  ${port}  ${VECTORS}  ${RESULT}
    Should Be Equal As Integers     ${run.rc}  0  ${run.stdout}${run.stderr}  values=False
    Log                             ${run.stdout}

*** Keywords ***
Boot The Firmware
    ${script}=                      Monitor Path  ${CURDIR}/firmware.resc
    ${repl}=                        Monitor Path  ${REPL}
    ${elf}=                         Monitor Path  ${ELF}
    ${port}=                        Evaluate
    ...    socket.create_server(("127.0.0.1", 0)).getsockname()[1]  modules=socket
    Execute Command                 $repl\=${repl}
    Execute Command                 $elf\=${elf}
    Execute Command                 $port\=${port}
    Execute Command                 include ${script}
    Execute Command                 connector Connect ${UART} thumbling
    Start Emulation
    # A reset vector outside all memory, for one, halts the core before its first instruction.
    ${halted}=                      Execute Command  cpu IsHalted
    Should Not Contain              ${halted}  True
    ...    the core halts before its first instruction: the vector table is wrong  values=False
    RETURN                          ${port}

Monitor Path
    [Documentation]                 A path as Renode's monitor reads it: it ends at a bare space.
    [Arguments]                     ${path}
    ${escaped}=                     Replace String  ${path}  ${SPACE}  \\${SPACE}
    RETURN                          @${escaped}
