"""What scripts and build tools ask of python, each part printed once it has worked."""

import asyncio
import multiprocessing
import ssl
import subprocess
import threading


def square(number):
    return number * number


async def ask_child():
    child = await asyncio.create_subprocess_exec("echo", "child", stdout=subprocess.PIPE)
    output, _ = await child.communicate()
    assert output == b"child\n", output


if __name__ == "__main__":
    for method in ("fork", "spawn"):
        with multiprocessing.get_context(method).Pool(4) as pool:
            assert pool.map(square, range(5)) == [0, 1, 4, 9, 16]
    print("multiprocessing")

    thread = threading.Thread(target=square, args=(2,))
    thread.start()
    thread.join()
    print("threads")

    asyncio.run(ask_child())
    print("asyncio")

    ssl.create_default_context()
    assert len(ssl.RAND_bytes(16)) == 16
    print("ssl")
