"""Pure. What the code of a language does, by the names in it: fetch, decode, run, listen."""

from __future__ import annotations

FETCHING = (
    "urlopen urlretrieve requests.get requests.post urllib2 http.client HTTPSConnection LWP Net::HTTP open-uri"
    " URI.open URI.parse Net::HTTP.get file_get_contents curl_exec https.get http.get fetch( axios"
    " DownloadString DownloadFile Invoke-WebRequest iwr Net.WebClient HTTP::Tiny WWW::Mechanize httpx"
    " 'requests' \"requests\" .get('http .get(\"http XMLHTTP Invoke-RestMethod Start-BitsTransfer"
).split()
RUNNING = (
    "exec( eval( os.system subprocess popen Popen system( system exec eval execSync spawn child_process shell_exec"
    " passthru proc_open pcntl_exec IO.popen os.execute runpy compile( IEX Invoke-Expression iex Start-Process"
    " instance_eval Kernel.exec vm.run Function( __import__"
).split()
DECODING = (
    "b64decode base64.decode decodebytes Base64.decode64 decode64 atob( 'base64' \"base64\" base64_decode"
    " FromBase64String pack( fromhex unhexlify zlib.decompress gzinflate str_rot13 'rot13' \"rot13\" marshal.loads"
    " MIME::Base64 decode_base64 bytes.fromhex codecs.decode -EncodedCommand chr("
).split()
SOCKETS = (
    "socket fsockopen TCPSocket TCPServer Socket.tcp IO::Socket /inet/tcp net.Socket net.connect net.createConnection"
    " net.createServer stream_socket_client TcpClient TCPClient Net.Sockets Net.Dial net.Dial java.net.Socket Socket("
    " socket.tcp ztcp /dev/tcp/ /dev/udp/ TcpStream sock.connect Socket.connect WinSock2 Winsock"
    " socket.socket connect( SOCK_STREAM s_client"
).split()
SHELLS = (
    "/bin/sh /bin/bash /bin/zsh sh -i bash -i cmd.exe cmd powershell os.dup2 dup2 pty.spawn ProcessBuilder os.execute"
    " subprocess popen shell_exec passthru proc_open exec system spawn getRuntime Process.Start Process.start"
    " exec.Command IO.popen $SHELL getline"
).split()


SOURCE_SOCKETS = (
    "sys/socket.h java.net Net.Sockets net.Dial Socket.connect fsockopen TCPSocket socket.socket( Socket( winsock2.h"
    " WinSock2.h net.Socket TcpStream::connect"
).split()
SOURCE_SHELLS = ("/bin/sh", "/bin/bash", "cmd.exe", "powershell.exe", '"bash"', '"sh"')
WEB = ("$_REQUEST", "$_GET", "$_POST", "request.getParameter", "Request.Form", "Request.QueryString")
WEB_RUNS = ("system(", "shell_exec(", "passthru(", "exec(", "`$", "popen(", "Process")


def is_shell_source(text: str) -> bool:
    """Tell whether the source code of a program connects a socket, or a web page, with a shell."""
    return (_any(text, SOURCE_SOCKETS) and any(one in text for one in SOURCE_SHELLS)) or (
        any(one in text for one in WEB) and any(one in text for one in WEB_RUNS)
    )


def _any(text: str, words: list[str]) -> bool:
    return any(word in text for word in words)


def _languages(language: str) -> bool:
    return language not in ("shell", "eval")


def fetches(text: str, language: str) -> bool:
    """Tell whether code of a language downloads something."""
    return _languages(language) and _any(text, FETCHING)


def fetches_and_runs(text: str, language: str) -> bool:
    """Tell whether code of a language downloads something and runs it."""
    return _languages(language) and _any(text, FETCHING) and _any(text, RUNNING)


def decodes(text: str, language: str) -> bool:
    """Tell whether code of a language decodes base64."""
    return _languages(language) and any(
        name in text for name in ("b64decode(", "decode_base64", "base64_decode(", "atob(")
    )


def decodes_and_runs(text: str, language: str) -> bool:
    """Tell whether code of a language decodes something and runs it."""
    return _languages(language) and _any(text, DECODING) and _any(text, RUNNING)


REMOVING = ("rmtree(", "rm_rf(", "rm_r(", "remove_entry(", "unlink glob(", "rmSync(", "rimraf(", "remove_tree(")
WIDE = ("/", "/*", "/etc", "/etc/*", "/home", "/usr", "/var", "~", "~/", "$ENV{HOME}/*", "$ENV{HOME}")
HOMES = (
    "expanduser('~')",
    'expanduser("~")',
    "environ['HOME']",
    'environ["HOME"]',
    "Path.home()",
    "homedir()",
    "Dir.home",
)


def removes_widely(text: str, language: str) -> bool:
    """Tell whether code of a language removes the whole system or a home, named in it."""
    if not _languages(language):
        return False
    for name in REMOVING:
        behind = text.partition(name)[2].lstrip()
        named = behind[1:].partition(behind[:1])[0] if behind[:1] in ("'", '"') else ""
        if named in WIDE or (named.startswith("/home/") and named.strip("/").count("/") == 1):
            return True
        if any(home in behind[:48] and behind.partition(home)[2].lstrip()[:1] in (")", ",") for home in HOMES):
            return True
    return False


WRITING = (
    ".write( .append( 'a') \"a\") 'w') \"w\") 'a+' \"a+\" >> appendFile writeFile file_put_contents File.write"
    " write_text print> FILE_APPEND copyfile shutil.copy shutil.move os.symlink"
).split()


def writes(text: str, language: str) -> bool:
    """Tell whether code of a language writes files."""
    return _languages(language) and (_any(text, WRITING) or (language == "awk" and '" > "' in text))


def sends(text: str, language: str) -> bool:
    """Tell whether code of a language may send something over the network."""
    return _languages(language) and (_any(text, FETCHING) or _any(text, SOCKETS))


def hands_out_a_shell(text: str, language: str) -> bool:
    """Tell whether code of a language connects a socket with a shell."""
    return _languages(language) and _any(text, SOCKETS) and _any(text, SHELLS)
