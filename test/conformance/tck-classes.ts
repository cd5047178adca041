/**
 * The test classes of the Jakarta WebSocket TCK (2.3 line) and the names of their methods: what there is to be shown. Read by `case-list`,
 * the page and the test that compares this with the cases.
 */

/** One class of the TCK. */
export interface TckClass {
  /** Its package, below that of the TCK. */
  readonly name: string;
  /** What its methods need: W a server and a plain client, D a deployment that must fail, A no network, C our client side. */
  readonly side: string;
  readonly methods: readonly string[];
  /** Methods that need a change to be said in TypeScript: their cases say which. */
  readonly changed: readonly string[];
  /** Why no method of it can be said in TypeScript. */
  readonly impossible?: string;
}

const words = (text: string): readonly string[] => text.split(/\s+/).filter((word) => word !== "");

const tckClass = (name: string, side: string, methods: string, changed = ""): TckClass => {
  const all = words(methods);
  return { name, side, methods: all, changed: changed === "all" ? all : words(changed) };
};

const impossible = (name: string, reason: string, methods: string): TckClass => ({
  name,
  side: "",
  methods: words(methods),
  changed: [],
  impossible: reason,
});

/** All 93 classes, in the order of their names. */
export const tckClasses: readonly TckClass[] = [
  tckClass(
    "api/clientendpointconfig",
    "A",
    `
    constructortest preferredSubprotocolsTest extensionsTest constructorTest1 encodersTest decodersTest
    constructorTest2 constructorTest3 constructorTest4 constructorTest5 configuratorTest`,
  ),
  tckClass(
    "api/closereason",
    "A",
    `
    constructorTest getCodeTest getCodeTest1 valueOfTest valuesTest getCloseCodeTest`,
  ),
  tckClass(
    "api/decodeexception",
    "A",
    `
    constructorTest constructorTest1 constructorTest2 constructorTest3`,
  ),
  tckClass(
    "api/deploymentException",
    "A",
    `
    constructorTest constructorTest1`,
  ),
  tckClass(
    "api/encodeexception",
    "A",
    `
    constructorTest constructorTest1`,
  ),
  tckClass(
    "api/server/serverendpointconfig",
    "A",
    `
    constructortest subprotocolsTest extensionsTest constructorTest1 encodersTest decodersTest constructorTest2
    constructorTest3 constructorTest4 constructorTest5 configuratorTest getEndpointClassTest getPathTest`,
  ),
  tckClass(
    "api/websocketcontainer",
    "A",
    `
    getMaxSessionIdleTimeoutTest setMaxSessionIdleTimeoutTest getMaxTextMessageBufferSizeTest
    setMaxTextMessageBufferSizeTest getMaxBinaryMessageBufferSizeTest setMaxBinaryMessageBufferSizeTest
    getDefaultAsyncSendTimeoutTest setAsyncSendTimeoutTest getInstalledExtensionsTest`,
  ),
  tckClass(
    "ee/clientendpoint",
    "C",
    `
    subprotocolsMatchTest subprotocolsNotMatchTest configuratorTest onErrorWorksTest onCloseWorksTest`,
    `
    subprotocolsNotMatchTest`,
  ),
  tckClass(
    "ee/clientendpointconfig",
    "C",
    `
    constructortest preferredSubprotocolsTest extensionsTest constructorTest1 encodersTest decodersTest
    constructorTest2 constructorTest3 testClientSideUserProperties`,
    `
    preferredSubprotocolsTest extensionsTest constructorTest1 constructorTest2 constructorTest3`,
  ),
  tckClass(
    "ee/clientendpointonmessage",
    "C",
    `
    echoStringTest echoIntTest echoByteTest echoCharTest echoBooleanTest echoShortTest echoDoubleTest echoFloatTest
    echoLongTest echoFullIntTest echoFullByteTest echoFullCharTest echoFullBooleanTest echoFullShortTest
    echoFullDoubleTest echoFullFloatTest echoFullLongTest echoReaderTest echoTextDecoderTest
    echoTextStreamDecoderTest echoStringAndSessionTest echoIntAndSessionTest echoByteAndSessionTest
    echoCharAndSessionTest echoBooleanAndSessionTest echoShortAndSessionTest echoDoubleAndSessionTest
    echoFloatAndSessionTest echoLongAndSessionTest echoFullIntAndSessionTest echoFullByteAndSessionTest
    echoFullCharAndSessionTest echoFullBooleanAndSessionTest echoFullShortAndSessionTest
    echoFullDoubleAndSessionTest echoFullFloatAndSessionTest echoFullLongAndSessionTest echoReaderAndSessionTest
    echoTextDecoderAndSessionTest echoTextStreamDecoderAndSessionTest partialStringTest partialStringAndSessionTest
    echoByteBufferTest byteBufferToBytesTest byteBufferToInputStreamTest byteBufferToBinaryDecoderTest
    byteBufferToBinaryStreamDecoderTest pongToPongTest pongToPongAndSessionTest echoByteBufferAndSessionTest
    byteBufferToBytesAndSessionTest byteBufferToInputStreamAndSessionTest byteBufferToBinaryDecoderAndSessionTest
    byteBufferToBinaryStreamDecoderAndSessionTest partialByteArrayTest partialByteArrayAndSessionTest
    partialByteBufferTest partialByteBufferAndSessionTest maxLengthOKTest maxLengthFailsTest defaultMaxLengthTest`,
    `
    echoCharTest echoCharAndSessionTest echoFullCharTest echoFullCharAndSessionTest echoDoubleTest
    echoDoubleAndSessionTest echoFullDoubleTest echoFullDoubleAndSessionTest echoFloatTest echoFloatAndSessionTest
    echoFullFloatTest echoFullFloatAndSessionTest`,
  ),
  tckClass(
    "ee/clientendpointreturntype",
    "C",
    `
    dataTypesTest textEncoderTest textStreamEncoderTest binaryEncoderTest binaryStreamEncoderTest byteArrayTest
    byteBufferTest`,
  ),
  tckClass(
    "ee/coder",
    "WC",
    `
    textEncoderInitDestroyTest textStreamEncoderInitDestroyTest binaryEncoderInitDestroyTest
    binaryStreamEncoderInitDestroyTest textDecoderInitDestroyTest textStreamDecoderInitDestroyTest
    binaryDecoderInitDestroyTest binaryStreamDecoderInitDestroyTest textEncoderEncodeTest
    textStreamEncoderEncodeTest binaryEncoderEncodeTest binaryStreamEncoderEncodeTest textDecoderDecodeTest
    textStreamDecoderDecodeTest binaryDecoderDecodeTest binaryStreamDecoderDecodeTest binaryDecoderWillDecodeTest
    textDecoderWillDecodeTest textEncoderInitDestroyOnClientTest textStreamEncoderInitDestroyOnClientTest
    binaryEncoderInitDestroyOnClientTest binaryStreamEncoderInitDestroyOnClientTest
    textDecoderInitDestroyOnClientTest textStreamDecoderInitDestroyOnClientTest binaryDecoderInitDestroyOnClientTest
    binaryStreamDecoderInitDestroyOnClientTest textEncoderEncodeOnClientTest textStreamEncoderEncodeOnClientTest
    binaryEncoderEncodeOnClientTest binaryStreamEncoderEncodeOnClientTest textDecoderDecodeOnClientTest
    textStreamDecoderDecodeOnClientTest binaryDecoderDecodeOnClientTest binaryStreamDecoderDecodeOnClientTest
    binaryDecoderWillDecodeOnClientTest textDecoderWillDecodeOnClientTest`,
  ),
  impossible(
    "ee/containerprovider/metainf",
    "ServiceLoader and a class loader of its own",
    `
    getWebSocketContainerOnServerTest`,
  ),
  tckClass(
    "ee/containerprovider/vi",
    "A",
    `
    getWebSocketContainerOnClientTest getWebSocketContainerOnServerTest`,
    "all",
  ),
  tckClass(
    "ee/endpoint/client",
    "C",
    `
    onErrorWorksTest onCloseWorksTest`,
  ),
  tckClass(
    "ee/endpoint/server",
    "W",
    `
    onErrorWorksTest onCloseWorksTest`,
  ),
  tckClass(
    "ee/handshakeresponse",
    "WC",
    `
    headerToHeaderTest addHeadersOnServerTest failedConnectionTest`,
  ),
  tckClass(
    "ee/programaticcoder",
    "WC",
    `
    textEncoderInitDestroyTest textStreamEncoderInitDestroyTest binaryEncoderInitDestroyTest
    binaryStreamEncoderInitDestroyTest textDecoderInitDestroyTest textStreamDecoderInitDestroyTest
    binaryDecoderInitDestroyTest binaryStreamDecoderInitDestroyTest textEncoderEncodeTest
    textStreamEncoderEncodeTest binaryEncoderEncodeTest binaryStreamEncoderEncodeTest textDecoderDecodeTest
    textStreamDecoderDecodeTest binaryDecoderDecodeTest binaryStreamDecoderDecodeTest binaryDecoderWillDecodeTest
    textDecoderWillDecodeTest textEncoderInitDestroyOnClientTest textStreamEncoderInitDestroyOnClientTest
    binaryEncoderInitDestroyOnClientTest binaryStreamEncoderInitDestroyOnClientTest
    textDecoderInitDestroyOnClientTest textStreamDecoderInitDestroyOnClientTest binaryDecoderInitDestroyOnClientTest
    binaryStreamDecoderInitDestroyOnClientTest textEncoderEncodeOnClientTest textStreamEncoderEncodeOnClientTest
    binaryEncoderEncodeOnClientTest binaryStreamEncoderEncodeOnClientTest textDecoderDecodeOnClientTest
    textStreamDecoderDecodeOnClientTest binaryDecoderDecodeOnClientTest binaryStreamDecoderDecodeOnClientTest
    binaryDecoderWillDecodeOnClientTest textDecoderWillDecodeOnClientTest`,
  ),
  tckClass(
    "ee/remoteendpoint/async",
    "WC",
    `
    sendTimeoutOnServerTest sendTimeoutOnClientTest sendBinaryOnServerTest sendBinaryOnClientTest
    sendBinaryThrowsIAEOnServerTest sendBinaryThrowsIAEOnClientTest sendBinaryWithHandlerOnServerTest
    sendBinaryWithHandlerOnClientTest sendBinaryWithHandlerThrowsIAEOnServerWhenNullDataTest
    sendBinaryWithHandlerThrowsIAEOnServerWhenNullHandlerTest sendBinaryWithHandlerThrowsIAEOnClientWhenNullDataTest
    sendBinaryWithHandlerThrowsIAEOnClientWhenNullHandlerTest sendObjectOnServerTest sendObjectOnClientTest
    sendObjectBooleanOnServerTest sendObjectBooleanOnClientTest sendObjectByteOnServerTest
    sendObjectByteOnClientTest sendObjectCharOnServerTest sendObjectCharOnClientTest sendObjectDoubleOnServerTest
    sendObjectDoubleOnClientTest sendObjectFloatOnServerTest sendObjectFloatOnClientTest sendObjectIntOnServerTest
    sendObjectIntOnClientTest sendObjectLongOnServerTest sendObjectLongOnClientTest sendObjectShortOnServerTest
    sendObjectShortOnClientTest sendObjectThrowsIAEOnServerTest sendObjectThrowsIAEOnClientTest
    sendObjectHasExecutionExceptionOnServerTest sendObjectHasExecutionExceptionOnClientTest
    sendObjectWithHandlerOnServerTest sendObjectWithHandlerOnClientTest
    sendObjectWithHandlerThrowsIAEOnServerWhenDataIsNullTest
    sendObjectWithHandlerThrowsIAEOnServerWhenHandlerIsNullTest
    sendObjectWithHandlerThrowsIAEOnClientWhenDataIsNullTest
    sendObjectWithHandlerThrowsIAEOnClientWhenHandlerIsNullTest sendObjectWithHandlerHasExceptionOnServerTest
    sendObjectWithHandlerHasExecutionExceptionOnClientTest sendTextOnServerTest sendTextOnClientTest
    sendTextThrowsIAEOnServerTest sendTextThrowsIAEOnClientTest sendTextWithHandlerOnServerTest
    sendTextWithHandlerOnClientTest sendTextWithHandlerThrowsIAEOnServerWhenDataIsNullTest
    sendTextWithHandlerThrowsIAEOnServerWhenHandlerIsNullTest sendTextWithHandlerThrowsIAEOnClientWhenDataIsNullTest
    sendTextWithHandlerThrowsIAEOnClientWhenHandlerIsNullTest batchingAllowedOnServerTest
    batchingAllowedOnClientTest sendPingOnServerTest sendPingOnClientTest sendPongOnServerTest sendPongOnClientTest
    sendPingThrowsOnServerTest sendPingThrowsOnClientTest sendPongThrowsOnServerTest sendPongThrowsOnClientTest
    sendPingDelaysTimoutOnServerTest sendPingDelaysTimoutOnClientTest sendPongDelaysTimoutOnServerTest
    sendPongDelaysTimoutOnClientTest`,
    `
    sendObjectCharOnServerTest sendObjectCharOnClientTest sendObjectDoubleOnServerTest sendObjectFloatOnServerTest`,
  ),
  tckClass(
    "ee/remoteendpoint/basic",
    "WC",
    `
    sendBinaryOnServerTest sendBinaryOnClientTest sendBinaryPartialOnServerTest sendBinaryPartialOnClientTest
    sendBinaryThrowsIAEOnServerTest sendBinaryThrowsIAEOnClientTest sendObjectOnServerTest sendObjectOnClientTest
    sendObjectBooleanOnServerTest sendObjectBooleanOnClientTest sendObjectByteOnServerTest
    sendObjectByteOnClientTest sendObjectCharOnServerTest sendObjectCharOnClientTest sendObjectDoubleOnServerTest
    sendObjectDoubleOnClientTest sendObjectFloatOnServerTest sendObjectFloatOnClientTest sendObjectIntOnServerTest
    sendObjectIntOnClientTest sendObjectLongOnServerTest sendObjectLongOnClientTest sendObjectShortOnServerTest
    sendObjectShortOnClientTest sendObjectThrowsIAEOnServerTest sendObjectThrowsIAEOnClientTest
    sendObjectThrowsEncodeExceptionOnServerTest sendObjectThrowsEncodeExceptionOnClientTest sendTextOnServerTest
    sendTextOnClientTest sendTextPartialOnServerTest sendTextPartialOnClientTest sendTextThrowsIAEOnServerTest
    sendTextThrowsIAEOnClientTest getSendStreamOnServerTest getSendStreamOnClientTest getSendWriterOnServerTest
    getSendWriterOnClientTest batchingAllowedOnServerTest batchingAllowedOnClientTest sendPingOnServerTest
    sendPingOnClientTest sendPongOnServerTest sendPongOnClientTest sendPingThrowsOnServerTest
    sendPingThrowsOnClientTest sendPongThrowsOnServerTest sendPongThrowsOnClientTest
    sendPingDelaysTimoutOnServerTest sendPingDelaysTimoutOnClientTest sendPongDelaysTimoutOnServerTest
    sendPongDelaysTimoutOnClientTest`,
    `
    sendObjectCharOnServerTest sendObjectCharOnClientTest sendObjectDoubleOnServerTest sendObjectFloatOnServerTest`,
  ),
  tckClass(
    "ee/remoteendpoint/usercoder/async",
    "WC",
    `
    sendObjectPrimitivesTextEncoderOnServerTest sendObjectPrimitivesTextEncoderOnClientTest
    sendObjectPrimitivesTextStreamEncoderOnServerTest sendObjectPrimitivesTextStreamEncoderOnClientTest
    sendObjectPrimitivesBinaryEncoderOnServerTest sendObjectPrimitivesBinaryEncoderOnClientTest
    sendObjectPrimitivesBinaryStreamEncoderOnServerTest sendObjectPrimitivesBinaryStreamEncoderOnClientTest`,
    "all",
  ),
  tckClass(
    "ee/remoteendpoint/usercoder/asyncwithhandler",
    "WC",
    `
    sendObjectPrimitivesTextEncoderOnServerTest sendObjectPrimitivesTextEncoderOnClientTest
    sendObjectPrimitivesTextStreamEncoderOnServerTest sendObjectPrimitivesTextStreamEncoderOnClientTest
    sendObjectPrimitivesBinaryEncoderOnServerTest sendObjectPrimitivesBinaryEncoderOnClientTest
    sendObjectPrimitivesBinaryStreamEncoderOnServerTest sendObjectPrimitivesBinaryStreamEncoderOnClientTest`,
    "all",
  ),
  tckClass(
    "ee/remoteendpoint/usercoder/basic",
    "WC",
    `
    sendObjectBooleanTextEncoderOnServerTest sendObjectBooleanTextEncoderOnClientTest
    sendObjectCharTextEncoderOnServerTest sendObjectCharTextEncoderOnClientTest
    sendObjectNumberTextEncoderOnServerTest sendObjectNumberTextEncoderOnClientTest
    sendObjectPrimitivesTextStreamEncoderOnServerTest sendObjectPrimitivesTextStreamEncoderOnClientTest
    sendObjectPrimitivesBinaryEncoderOnServerTest sendObjectPrimitivesBinaryEncoderOnClientTest
    sendObjectPrimitivesBinaryStreamEncoderOnServerTest sendObjectPrimitivesBinaryStreamEncoderOnClientTest`,
    `
    sendObjectCharTextEncoderOnServerTest sendObjectCharTextEncoderOnClientTest
    sendObjectNumberTextEncoderOnServerTest sendObjectNumberTextEncoderOnClientTest
    sendObjectPrimitivesTextStreamEncoderOnServerTest sendObjectPrimitivesTextStreamEncoderOnClientTest
    sendObjectPrimitivesBinaryEncoderOnServerTest sendObjectPrimitivesBinaryEncoderOnClientTest
    sendObjectPrimitivesBinaryStreamEncoderOnServerTest sendObjectPrimitivesBinaryStreamEncoderOnClientTest`,
  ),
  tckClass(
    "ee/server/handshakerequest",
    "W",
    `
    getHeadersIsReadonlyTest getHeadersHasCaseInsensitiveNamesTest getParameterMapIsUnmodifiableTest
    getParameterMapOneParamTest getParameterMapOneParamOneQueryParamTest getParameterMapTwoParamsTest
    getQueryStringTest getRequestUriTest getUserPrincipalNotAuthenticatedTest isUserInRoleNotAuthenticatedTest
    getUserX509CertificateChainNotAuthenticatedTest getLocalAddressTest getLocalHostNameTest getLocalPortTest
    getRemoteAddressTest getRemoteHostNameTest getRemotePortTest getLocaleNoHeaderTest getLocaleFrenchTest
    getLocaleGermanTest`,
    `
    getLocalHostNameTest getRemoteHostNameTest getLocaleNoHeaderTest`,
  ),
  tckClass(
    "ee/server/pathparam",
    "W",
    `
    multipleStringParamsOnMessageTest noStringParamsOnMessageTest directStringParamOnMessageTest
    primitiveBooleanAndCharParamsOnMessageTest fullDoubleAndFloatParamsOnMessageTest multipleStringParamsOnOpenTest
    noStringParamsOnOpenTest directStringParamOnOpenTest primitiveBooleanAndCharParamsOnOpenTest
    fullDoubleAndFloatParamsOnOpenTest multipleStringParamsOnIOETest noStringParamsOnIOETest
    directStringParamOnIOETest primitiveBooleanAndCharParamsOnIOETest fullDoubleAndFloatParamsOnIOTest
    multipleStringParamsOnRETest noStringParamsOnRETest directStringParamOnRETest
    primitiveBooleanAndCharParamsOnRETest fullDoubleAndFloatParamsOnRETest multipleStringParamsOnCloseTest
    noStringParamsOnCloseTest directStringParamOnCloseTest primitiveBooleanAndCharParamsOnCloseTest
    fullDoubleAndFloatParamsOnCloseTest`,
    `
    primitiveBooleanAndCharParamsOnMessageTest primitiveBooleanAndCharParamsOnOpenTest
    primitiveBooleanAndCharParamsOnIOETest primitiveBooleanAndCharParamsOnRETest
    primitiveBooleanAndCharParamsOnCloseTest`,
  ),
  tckClass(
    "ee/server/serverapplicationconfig",
    "W",
    `
    usedServerTest unusedServerTest otherUsedServerTest configuredServerTest unusedConfiguredServerTest`,
    "all",
  ),
  impossible(
    "ee/server/serverapplicationconfiginlib",
    "a JAR inside WEB-INF/lib",
    `
    usedServerTest unusedServerTest otherUsedServerTest configuredServerTest unusedConfiguredServerTest`,
  ),
  tckClass(
    "ee/server/serverendpoint",
    "W",
    `
    getDefaultConfiguratorTest getDefaultEncodersTest getDefaultDecodersTest getDefaultSubprotocolsTest
    getDefaultValueTest getEncodersTest getDecodersTest getSubprotocolsTest getConfiguratorTest
    countConfigurationInstancesTest`,
  ),
  tckClass(
    "ee/server/serverendpointconfig",
    "W",
    `
    getConfiguratorTest getEndpointClassTest getExtensionsTest getPathTest getSubprotocolsTest
    getEmptySubprotocolsTest getUserPropertiesTest`,
  ),
  tckClass(
    "ee/server/serverendpointconfig/builder",
    "W",
    `
    getConfiguratorTest getExtensionsTest getPathTest getSubprotocolsTest getEmptySubprotocolsTest getEncodersTest
    getDecodersTest getDefaultEncodersTest getDefaultDecodersTest`,
  ),
  tckClass(
    "ee/server/serverendpointconfig/configurator",
    "W",
    `
    checkOriginTest checkOriginReturnsFalseTest getEndpointInstanceTest getNegotiatedExtensionsRequestedTest
    getNegotiatedExtensionsInstalledTest getNegotiatedExtensionsResultedTest
    getNegotiatedExtensionsOrderedByRequestTest getNegotiatedSubprotocolRequestedTest
    getNegotiatedSubprotocolSupportedTest getNegotiatedSubprotocolResultedTest
    getNegotiatedSubprotocolResultedIsEmptyTest modifyHandshakeAfterCheckOriginTest modifyHandshakeConfigTest
    modifyHandshakeRequestTest modifyHandshakeResponseTest getContainerDefaultConfiguratorTest`,
    `
    getNegotiatedExtensionsRequestedTest getNegotiatedExtensionsInstalledTest getNegotiatedExtensionsResultedTest
    getNegotiatedExtensionsOrderedByRequestTest`,
  ),
  tckClass(
    "ee/session",
    "WC",
    `
    isOpenTest isOpenTest1 addMessageHandlerBasicStringTest addMessageHandlerBasicByteBufferTest
    addMessageHandlersTest addMessageHandlersTest1 closeTest close1Test close2Test close3Test close4Test close5Test
    close6Test close7Test close8Test close9Test close10Test close11Test close12Test getContainerTest getId1Test
    setMaxBinaryMessageBufferSizeTest setMaxTextMessageBufferSizeTest setTimeoutTest setTimeout1Test setTimeout2Test
    getQueryStringTest getPathParametersTest getRequestURITest getProtocolVersionTest getOpenSessionsTest`,
    `
    addMessageHandlerBasicStringTest addMessageHandlerBasicByteBufferTest addMessageHandlersTest
    addMessageHandlersTest1`,
  ),
  tckClass(
    "ee/session11/client",
    "C",
    `
    linkedListHashSetTextHandlerTest textStringBeanHandlerTest textStreamStringBeanHandlerTest
    linkedListTextHandlerTest stringTextHandlerTest readerMessageHandlerTest pongMessageHandlerTest
    byteBufferMessageHandlerTest byteArrayMessageHandlerTest inputStreamMessageHandlerTest
    binaryStringBeanMessageHandlerTest binaryStreamStringBeanMessageHandlerTest stringPartialHandlerTest
    byteBufferPartialMessageHandlerTest byteArrayPartialMessageHandlerTest annotatedTextReaderClientTest
    annotatedBinaryInputStreamClientTest twiceAddMessageHandlerReaderThrowsExceptionTest
    twiceAddMessageHandlerInputStreamThrowsExceptionTest twiceAddMessageHandlerPongMessageThrowsExceptionTest
    twiceAddMessageHandlerPartialStringThrowsExceptionTest`,
    `
    linkedListHashSetTextHandlerTest linkedListTextHandlerTest`,
  ),
  tckClass(
    "ee/session11/server",
    "W",
    `
    linkedListHashSetTextHandlerTest textStringBeanHandlerTest textStreamStringBeanHandlerTest
    linkedListTextHandlerTest stringTextHandlerTest readerMessageHandlerTest pongMessageHandlerTest
    byteBufferMessageHandlerTest byteArrayMessageHandlerTest inputStreamMessageHandlerTest
    binaryStringBeanMessageHandlerTest binaryStreamStringBeanMessageHandlerTest stringPartialHandlerTest
    byteBufferPartialMessageHandlerTest byteArrayPartialMessageHandlerTest
    binaryAnnotatedStringBeanMessageHandlerTest textAnnotatedStringBeanMessageHandlerTest
    addMessageHandlerPongMessageThrowsExceptionTest addMessageHandlerStringPartialMessageThrowsExceptionTest
    addMessageHandlerInputStreamThrowsExceptionTest`,
    `
    linkedListHashSetTextHandlerTest linkedListTextHandlerTest`,
  ),
  tckClass(
    "ee/sessionexception",
    "C",
    `
    test1`,
  ),
  tckClass(
    "ee/throwingcoder/annotated",
    "WC",
    `
    binaryDecoderThrowAndCatchOnServerTest binaryDecoderThrowAndCatchOnClientTest
    binaryStreamDecoderThrowAndCatchOnServerTest binaryStreamDecoderThrowAndCatchOnClientTest
    textDecoderThrowAndCatchOnServerTest textDecoderThrowAndCatchOnClientTest
    textStreamDecoderThrowAndCatchOnServerTest textStreamDecoderThrowAndCatchOnClientTest
    binaryEncoderThrowAndCatchOnServerTest binaryEncoderThrowAndCatchOnClientTest
    binaryStreamEncoderThrowAndCatchOnServerTest binaryStreamEncoderThrowAndCatchOnClientTest
    textEncoderThrowAndCatchOnServerTest textEncoderThrowAndCatchOnClientTest
    textStreamEncoderThrowAndCatchOnServerTest textStreamEncoderThrowAndCatchOnClientTest
    returningBinaryEncoderThrowAndCatchOnServerTest returningBinaryEncoderThrowAndCatchOnClientTest
    returningBinaryStreamEncoderThrowAndCatchOnServerTest returningBinaryStreamEncoderThrowAndCatchOnClientTest
    returningTextEncoderThrowAndCatchOnServerTest returningTextEncoderThrowAndCatchOnClientTest
    returningTextStreamEncoderThrowAndCatchOnServerTest returningTextStreamEncoderThrowAndCatchOnClientTest
    binaryStreamDecoderThrowIOAndCatchOnServerTest binaryStreamDecoderThrowIOAndCatchOnClientTest
    textStreamDecoderThrowIOAndCatchOnServerTest textStreamDecoderThrowIOAndCatchOnClientTest
    binaryStreamEncoderThrowIOAndCatchOnServerTest binaryStreamEncoderThrowIOAndCatchOnClientTest
    textStreamEncoderThrowIOAndCatchOnServerTest textStreamEncoderThrowIOAndCatchOnClientTest
    returningBinaryStreamEncoderThrowIOAndCatchOnServerTest returningBinaryStreamEncoderThrowIOAndCatchOnClientTest
    returningTextStreamEncoderThrowIOAndCatchOnServerTest returningTextStreamEncoderThrowIOAndCatchOnClientTest`,
  ),
  tckClass(
    "ee/websocketcontainer",
    "W",
    `
    simpleTest`,
  ),
  tckClass(
    "ee/websocketmessage",
    "W",
    `
    echoStringTest echoIntTest echoByteTest echoCharTest echoBooleanTest echoShortTest echoDoubleTest echoFloatTest
    echoLongTest echoFullIntTest echoFullByteTest echoFullCharTest echoFullBooleanTest echoFullShortTest
    echoFullDoubleTest echoFullFloatTest echoFullLongTest byteToTextsTest shortToTextsTest intToTextsTest
    longToTextsTest floatToTextsTest doubleToTextsTest stringToTextsTest stringToAllNumbersTest
    booleanToBooleanWithPathParamTest stringToBooleanTest stringToCharTest charToTextsTest partialStringTest
    partialStringAndSessionTest partialStringWithPathParamTest partialStringAndSessionWithPathParamTest
    echoByteBufferTest byteBufferToBytesTest byteBufferToBinaryTest pongToPongTest partialByteArrayTest
    partialByteArrayAndSessionTest partialByteArrayWithPathParamTest partialByteArrayAndSessionWithPathParamTest
    partialByteBufferTest partialByteBufferAndSessionTest partialByteBufferWithPathParamTest
    partialByteBufferAndSessionWithPathParamTest maxLengthOKTest maxLengthFailsTest defaultMaxLengthTest`,
    `
    echoCharTest echoFullCharTest stringToCharTest echoDoubleTest echoFloatTest echoFullDoubleTest echoFullFloatTest
    floatToTextsTest`,
  ),
  tckClass(
    "ee/websocketmessagereturntype",
    "W",
    `
    dataTypesTest textEncoderTest textStreamEncoderTest binaryEncoderTest binaryStreamEncoderTest byteArrayTest
    byteBufferTest directByteBufferTest`,
    `
    directByteBufferTest`,
  ),
  tckClass(
    "negdep/invalidpathparamtype/pasrv/onclose",
    "D",
    `
    invalidTypeOnCloseUndeployOtherEndpointTest invalidTypeOnCloseTest`,
    "all",
  ),
  tckClass(
    "negdep/invalidpathparamtype/pasrv/onerror",
    "D",
    `
    invalidTypeOnErrorUndeployOtherEndpointTest invalidTypeOnErrorTest`,
    "all",
  ),
  tckClass(
    "negdep/invalidpathparamtype/pasrv/onmessage",
    "D",
    `
    invalidTypeOnMessageUndeployOtherEndpointTest invalidTypeOnMessageTest`,
    "all",
  ),
  tckClass(
    "negdep/invalidpathparamtype/pasrv/onopen",
    "D",
    `
    invalidTypeOnOpenUndeployOtherEndpointTest invalidTypeOnOpenTest`,
    "all",
  ),
  tckClass(
    "negdep/invalidpathparamtype/srv/onclose",
    "D",
    `
    invalidTypeOnCloseUndeployOtherEndpointTest invalidTypeOnCloseTest`,
  ),
  tckClass(
    "negdep/invalidpathparamtype/srv/onerror",
    "D",
    `
    invalidTypeOnErrorUndeployOtherEndpointTest invalidTypeOnErrorTest`,
  ),
  tckClass(
    "negdep/invalidpathparamtype/srv/onmessage",
    "D",
    `
    invalidTypeOnMessageUndeployOtherEndpointTest invalidTypeOnMessageTest`,
  ),
  tckClass(
    "negdep/invalidpathparamtype/srv/onopen",
    "D",
    `
    invalidTypeOnOpenUndeployOtherEndpointTest invalidTypeOnOpenTest`,
  ),
  tckClass(
    "negdep/malformedpath",
    "D",
    `
    mallformedPathTest`,
  ),
  tckClass(
    "negdep/multiplepaths",
    "D",
    `
    twoEndpointsWithTheSamePathTest twoEndpointsWithTheSamePathThirdEndpointTest`,
  ),
  tckClass(
    "negdep/onclose/client/duplicate",
    "C",
    `
    duplicateOnCloseTest`,
  ),
  tckClass(
    "negdep/onclose/client/toomanyargs",
    "C",
    `
    tooManyArgumentsOnCloseTest`,
  ),
  tckClass(
    "negdep/onclose/srv/duplicate",
    "D",
    `
    multipleOnCloseTest multipleOnCloseRemovesAllEndpointsTest`,
  ),
  tckClass(
    "negdep/onclose/srv/toomanyargs",
    "D",
    `
    tooManyArgumentsOnCloseTest tooManyArgumentsOnCloseRemovesAllEndpointsTest`,
  ),
  tckClass(
    "negdep/onerror/client/duplicate",
    "C",
    `
    duplicateOnCloseTest`,
  ),
  tckClass(
    "negdep/onerror/client/toomanyargs",
    "C",
    `
    duplicateOnCloseTest`,
  ),
  tckClass(
    "negdep/onerror/srv/duplicate",
    "D",
    `
    multipleOnErrorTest multipleOnErrorRemovesAllEndpointsTest`,
  ),
  tckClass(
    "negdep/onerror/srv/toomanyargs",
    "D",
    `
    tooManyArgsOnErrorTest tooManyArgsOnErrorRemovesAllEndpointsTest`,
  ),
  tckClass(
    "negdep/onmessage/client/binarybytebufferint",
    "C",
    `
    byteBufferIntOnMessageTest`,
  ),
  tckClass(
    "negdep/onmessage/client/binaryduplicate",
    "C",
    `
    duplicateOnMessageTest`,
  ),
  tckClass(
    "negdep/onmessage/client/binaryinputstreamboolean",
    "C",
    `
    byteBufferIntOnMessageTest`,
  ),
  tckClass(
    "negdep/onmessage/client/nodecoder",
    "C",
    `
    byteBufferIntOnMessageTest`,
  ),
  tckClass(
    "negdep/onmessage/client/pongboolean",
    "C",
    `
    pongBooleanOnMessageTest`,
  ),
  tckClass(
    "negdep/onmessage/client/pongduplicate",
    "C",
    `
    duplicateOnMessageTest`,
  ),
  tckClass(
    "negdep/onmessage/client/textbigdecimal",
    "C",
    `
    bigDecimalOnMessageTest`,
    "all",
  ),
  tckClass(
    "negdep/onmessage/client/textduplicate",
    "C",
    `
    duplicateOnMessageTest`,
  ),
  tckClass(
    "negdep/onmessage/client/textreaderboolean",
    "C",
    `
    readerBooleanOnMessageTest`,
  ),
  tckClass(
    "negdep/onmessage/client/textstringint",
    "C",
    `
    stringIntOnMessageTest`,
  ),
  tckClass(
    "negdep/onmessage/pasrv/nomoreendpoints",
    "D",
    `
    duplicateOnMessagePreventOtherEndpointFromBeingDeployedTest`,
    "all",
  ),
  tckClass(
    "negdep/onmessage/ppsrv/nomoreendpoints",
    "D",
    `
    duplicateOnMessagePreventOtherEndpointFromBeingDeployedTest`,
    "all",
  ),
  tckClass(
    "negdep/onmessage/srv/binarybytebufferint",
    "D",
    `
    byteBufferIntOnMessageUndeployOtherEndpointTest byteBufferIntOnMessageTest`,
  ),
  tckClass(
    "negdep/onmessage/srv/binaryduplicate",
    "D",
    `
    duplicateOnMessageUndeployOtherEndpointTest duplicateOnMessageTest`,
  ),
  tckClass(
    "negdep/onmessage/srv/binaryinputstreamboolean",
    "D",
    `
    inputStreamBooleanOnMessageUndeployOtherEndpointTest inputStreamBooleanOnMessageTest`,
  ),
  tckClass(
    "negdep/onmessage/srv/binarynodecoder",
    "D",
    `
    noDecoderOnMessageUndeployOtherEndpointTest noDecoderOnMessageTest`,
  ),
  tckClass(
    "negdep/onmessage/srv/pongboolean",
    "D",
    `
    pongMessageBooleanOnMessageUndeployOtherEndpointTest pongMessageBooleanOnMessageTest`,
  ),
  tckClass(
    "negdep/onmessage/srv/pongduplicate",
    "D",
    `
    duplicateOnMessageUndeployOtherEndpointTest duplicateOnMessageTest`,
  ),
  tckClass(
    "negdep/onmessage/srv/textbigdecimal",
    "D",
    `
    bigdecimalArgumentsOnMessageUndeployOtherEndpointTest bigDecimalArgumentsOnMessageTest`,
    "all",
  ),
  tckClass(
    "negdep/onmessage/srv/textduplicate",
    "D",
    `
    duplicateOnMessageUndeployOtherEndpointTest duplicateOnMessageTest`,
  ),
  tckClass(
    "negdep/onmessage/srv/textnodecoder",
    "D",
    `
    noDecoderOnMessageUndeployOtherEndpointTest noDecoderOnMessageTest`,
  ),
  tckClass(
    "negdep/onmessage/srv/textreaderboolean",
    "D",
    `
    tooManyArgumentsOnMessageUndeployOtherEndpointTest tooManyArgumentsOnMessageTest`,
  ),
  tckClass(
    "negdep/onmessage/srv/textstringint",
    "D",
    `
    tooManyArgumentsOnMessageUndeployOtherEndpointTest tooManyArgumentsOnMessageTest`,
  ),
  tckClass(
    "negdep/onopen/client/duplicate",
    "C",
    `
    duplicateOnClientTest`,
  ),
  tckClass(
    "negdep/onopen/client/toomanyargs",
    "C",
    `
    tooManyArgumentsOnOpenTest`,
  ),
  tckClass(
    "negdep/onopen/srv/duplicate",
    "D",
    `
    duplicateOfOnOpenTest duplicateOfOnOpenUndeployOtherEndpointTest`,
  ),
  tckClass(
    "negdep/onopen/srv/toomanyargs",
    "D",
    `
    tooManyArgumentsOnOpenTest tooManyArgumentsOnOpenUndeployOtherEndpointTest`,
  ),
  impossible(
    "signaturetest",
    "compares class files with a recorded Java signature",
    `
    signatureTest`,
  ),
  tckClass(
    "spec/annotation/inheritance",
    "C",
    `
    annotationOnMethodIsInheritedTest annotationOnMethodIsOverridenTest annotationOnMessageIsTwiceTest
    annotationOnOpenIsTwiceTest annotationOnCloseIsTwiceTest annotationOnErrorIsTwiceTest`,
  ),
  tckClass(
    "spec/application/closing",
    "W",
    `
    connectionHasBeenClosedWithStatus1006AfterTimeoutTest`,
  ),
  tckClass(
    "spec/application/containers",
    "W",
    `
    webSocketContainerIsOnePerVMTest`,
  ),
  tckClass(
    "spec/application/lifecycle",
    "W",
    `
    serverLifeCycleTest`,
  ),
  tckClass(
    "spec/configuration/urimatching",
    "W",
    `
    match1ExactTest match1ParamTest match2CParamDTest match2CDExactTest match2ParamCExactDTest match2ParamCDTest
    match3ACDExactTest match3AParamCDTest match3CParamADTest match3DParamACTest match3ParamACDTest
    match3ACParamDTest match3ADParamCTest match3CDParamATest noMatch4ACDETest`,
  ),
  tckClass(
    "spec/servercontainer/addendpoint",
    "WC",
    `
    addMessageHandlerBasicStringTest addMessageHandlerBasicByteBufferTest addMessageHandlersTest
    addMessageHandlersTest1 closeTest close1Test close2Test close3Test close4Test close5Test close6Test close7Test
    close8Test close9Test close10Test close11Test close12Test getContainerTest getIdTest getId1Test
    setMaxBinaryMessageBufferSizeTest setMaxTextMessageBufferSizeTest setTimeoutTest setTimeout1Test setTimeout2Test
    getQueryStringTest getPathParametersTest getRequestURITest getOpenSessionsTest`,
    `
    addMessageHandlerBasicStringTest addMessageHandlerBasicByteBufferTest addMessageHandlersTest
    addMessageHandlersTest1`,
  ),
  tckClass(
    "spec/servercontainer/upgradehttptowebsocket",
    "W",
    `
    upgradeHttpToWebSocketTest`,
    "all",
  ),
  tckClass(
    "spec/session/sessionid",
    "C",
    `
    getIdTest instanceTest unique`,
  ),
];
